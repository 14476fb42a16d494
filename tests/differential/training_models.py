"""The image networks among the training scripts; training_parts.py has those that are about one construct each."""

import tensorflow as tf

import training_nets as nets
from registry import CONTROL_FLOW, placeholder, v1
from training_registry import Net, batch, classifier, script


def _network(is_training, net, kit, size, divide=16, classes=5, **options) -> Net:
    """The flag is Python's: dropout and batch norm are hard-wired in the training graph."""
    x, labels, start = batch(is_training, [size, size, 3], classes)
    return classifier(net(kit(is_training, divide), x, classes, **options), labels, x, start)


def _flagged(is_training, net, kit, size, divide=16, classes=5, **options) -> Net:
    """The flag is a placeholder, and one graph holds both: cond around dropout and batch norm, bound by --set."""
    x, labels, start = batch(is_training, [size, size, 3], classes)
    flag = placeholder("is_training", [], tf.bool) if is_training else False
    more = {"training_feeds": {flag: True}, "arguments": ["--set", "is_training=false"]} if is_training else {}
    return classifier(net(kit(flag, divide), x, classes, **options), labels, x, start, **more)


def _slim_net(is_training, net, size, divide=16, classes=5, **options) -> Net:
    x, labels, start = batch(is_training, [size, size, 3], classes)
    return classifier(net(x, is_training, classes, divide, **options), labels, x, start)


# ---- the guide's network -------------------------------------------------------------------------------------------------

@script()
def alexnet(is_training):
    return _network(is_training, nets.alexnet, nets.Layers, 67)


@script()
def alexnet_slim(is_training):
    return _network(is_training, nets.alexnet, nets.Slim, 67)


# ---- LeNet ---------------------------------------------------------------------------------------------------------------

@script()
def lenet_layers(is_training):
    return _network(is_training, nets.lenet, nets.Layers, 28)


@script()
def lenet_slim(is_training):
    return _network(is_training, nets.lenet, nets.Slim, 28)


@script(CONTROL_FLOW)
def lenet_layers_flag(is_training):
    return _flagged(is_training, nets.lenet, nets.Layers, 28)


@script(CONTROL_FLOW)
def lenet_slim_flag(is_training):
    return _flagged(is_training, nets.lenet, nets.Slim, 28)


# ---- VGG-16 --------------------------------------------------------------------------------------------------------------

@script()
def vgg16_layers(is_training):
    return _network(is_training, nets.vgg16, nets.Layers, 32)


@script()
def vgg16_slim(is_training):
    return _slim_net(is_training, nets.slim_vgg16, 224)


# ---- Inception -----------------------------------------------------------------------------------------------------------

@script()
def inception_v1_layers(is_training):
    return _network(is_training, nets.inception1, nets.Layers, 64, middle=1)


@script()
def inception_v1_slim(is_training):
    return _slim_net(is_training, nets.slim_inception_v1, 224)


@script()
def inception_v3_layers(is_training):
    return _network(is_training, nets.inception3, nets.Layers, 75)


@script()
def inception_v3_slim(is_training):
    x, labels, start = batch(is_training, [107, 107, 3])
    logits, ends = nets.slim_inception_v3(x, is_training, 5, divide=16)
    if is_training:
        v1.losses.sparse_softmax_cross_entropy(labels, ends["AuxLogits"], 0.4)
    return classifier(logits, labels, x, start)


# ---- ResNet-50 -----------------------------------------------------------------------------------------------------------

@script()
def resnet50_v1_layers(is_training):
    return _network(is_training, nets.resnet50, nets.Layers, 33, version=1, blocks=(1, 2, 1, 1))


@script()
def resnet50_v2_layers(is_training):
    return _network(is_training, nets.resnet50, nets.Layers, 33, version=2, blocks=(1, 2, 1, 1))


@script(CONTROL_FLOW)
def resnet_v1_flag(is_training):
    return _flagged(is_training, nets.resnet50, nets.Layers, 33, version=1, blocks=(1, 2))


@script(CONTROL_FLOW)
def resnet_v2_slim_flag(is_training):
    return _flagged(is_training, nets.resnet50, nets.Slim, 33, version=2, blocks=(1, 2))


@script()
def resnet50_v1_slim(is_training):
    return _slim_net(is_training, nets.slim_resnet50, 33, version=1, units=(1, 2, 1, 1))


@script()
def resnet50_v2_slim(is_training):
    return _slim_net(is_training, nets.slim_resnet50, 33, version=2, units=(1, 2, 1, 1))


# ---- MobileNet-v1 --------------------------------------------------------------------------------------------------------

@script()
def mobilenet_layers(is_training):
    return _network(is_training, nets.mobilenet, nets.Layers, 64, pairs=4)


@script()
def mobilenet_slim(is_training):
    return _network(is_training, nets.mobilenet, nets.Slim, 64, pairs=4)


@script(CONTROL_FLOW)
def mobilenet_flag(is_training):
    return _flagged(is_training, nets.mobilenet, nets.Layers, 33, pairs=2)


# ---- full size, in the suite of their own --------------------------------------------------------------------------------

@script(full_size=True)
def alexnet_227(is_training):
    return _network(is_training, nets.alexnet, nets.Layers, 227, divide=1, classes=1000)


@script(full_size=True)
def vgg16_slim_224(is_training):
    return _slim_net(is_training, nets.slim_vgg16, 224, divide=1, classes=1000)


@script(full_size=True)
def inception_v1_slim_224(is_training):
    return _slim_net(is_training, nets.slim_inception_v1, 224, divide=1, classes=1000)


@script(full_size=True)
def inception_v3_slim_299(is_training):
    x, labels, start = batch(is_training, [299, 299, 3], 1001)
    logits, ends = nets.slim_inception_v3(x, is_training, 1001)
    if is_training:
        v1.losses.sparse_softmax_cross_entropy(labels, ends["AuxLogits"], 0.4)
    return classifier(logits, labels, x, start)


@script(full_size=True)
def resnet50_v1_slim_224(is_training):
    return _slim_net(is_training, nets.slim_resnet50, 224, divide=1, classes=1000, version=1)


@script(full_size=True)
def resnet50_v2_slim_224(is_training):
    return _slim_net(is_training, nets.slim_resnet50, 224, divide=1, classes=1000, version=2)


@script(full_size=True)
def mobilenet_224(is_training):
    return _network(is_training, nets.mobilenet, nets.Layers, 224, divide=1, classes=1000)
