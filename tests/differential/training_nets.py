"""Image networks as training scripts write them, through tf_slim and through tf.compat.v1.layers, of any width.

Every function takes the input and the flag (a bool or a tensor) and returns logits. `divide` narrows all layers, 1 is full size.
"""

import contextlib
import functools
import importlib
import os
import sys
from unittest import mock

os.environ["TF_USE_LEGACY_KERAS"] = "1"  # tf.compat.v1.layers is in tf_keras since Keras 3.

import tensorflow as tf
from tensorflow.python.framework import ops
from tensorflow.python.ops import control_flow_ops

# tf_slim was written for names that have moved since.
ops.Tensor = tf.Tensor
control_flow_ops.cond = tf.compat.v1.cond
for part in ("", ".base", ".convolutional", ".core", ".normalization", ".pooling"):
    sys.modules["tf_keras.legacy_tf_layers" + part] = importlib.import_module("tf_keras.src.legacy_tf_layers" + part)

import tf_slim as slim
from tf_slim.nets import inception_v1, inception_v3, resnet_v1, resnet_v2, vgg

v1 = tf.compat.v1


class Layers:
    """tf.compat.v1.layers."""

    def __init__(self, training, divide=1, axis=-1):
        self.training, self.divide, self.axis = training, divide, axis

    def narrow(self, width):
        return max(width // self.divide, 4)

    def conv(self, x, width, size, stride=1, padding="SAME", bias=True):
        return v1.layers.conv2d(x, self.narrow(width), size, stride, padding, use_bias=bias,
                                kernel_regularizer=tf.keras.regularizers.l2(1e-4))

    def depthwise(self, x, size, stride=1):
        channels = int(x.shape[-1])
        with v1.variable_scope(None, "depthwise"):
            kernel = v1.get_variable("kernel", [size, size, channels, 1])
            return v1.nn.depthwise_conv2d(x, kernel, [1, stride, stride, 1], "SAME")

    def separable(self, x, width, size, stride=1):
        return v1.layers.separable_conv2d(x, self.narrow(width), size, stride, "SAME", use_bias=False)

    def norm(self, x, **options):
        return v1.layers.batch_normalization(x, training=self.training, momentum=0.9, **options)

    def dropout(self, x, rate=0.5):
        return v1.layers.dropout(x, rate, training=self.training)

    def dense(self, x, width, activation=None):
        return v1.layers.dense(x, width, activation)


class Slim(Layers):
    """tf_slim.layers."""

    def conv(self, x, width, size, stride=1, padding="SAME", bias=True):
        biases = {} if bias else {"biases_initializer": None}
        return slim.conv2d(x, self.narrow(width), size, stride, padding, activation_fn=None,
                           weights_regularizer=slim.l2_regularizer(1e-4), **biases)

    def depthwise(self, x, size, stride=1):
        return slim.separable_conv2d(x, None, size, 1, stride, activation_fn=None, biases_initializer=None)

    def separable(self, x, width, size, stride=1):
        return slim.separable_conv2d(x, self.narrow(width), size, 1, stride, activation_fn=None, biases_initializer=None)

    def norm(self, x, **options):
        return slim.batch_norm(x, decay=0.9, is_training=self.training, **options)

    def dropout(self, x, rate=0.5):
        return slim.dropout(x, 1 - rate, is_training=self.training)

    def dense(self, x, width, activation=None):
        return slim.fully_connected(x, width, activation_fn=activation)


def lenet(kit, x, classes):
    x = tf.nn.max_pool2d(tf.nn.relu(kit.conv(x, 32, 5)), 2, 2, "SAME")
    x = tf.nn.max_pool2d(tf.nn.relu(kit.conv(x, 64, 5)), 2, 2, "SAME")
    x = kit.dense(v1.layers.flatten(x), kit.narrow(1024), tf.nn.relu)
    return kit.dense(kit.dropout(x), classes)


def alexnet(kit, x, classes):
    """The guide's: five convolutions, three dense layers, dropout behind two of them."""
    pool = lambda t: tf.nn.max_pool2d(t, 3, 2, "VALID")
    x = pool(tf.nn.lrn(tf.nn.relu(kit.conv(x, 96, 11, 4, "VALID")), 2, 1.0, 2e-5, 0.75))
    x = pool(tf.nn.lrn(tf.nn.relu(kit.conv(x, 256, 5)), 2, 1.0, 2e-5, 0.75))
    x = tf.nn.relu(kit.conv(x, 384, 3))
    x = tf.nn.relu(kit.conv(x, 384, 3))
    x = pool(tf.nn.relu(kit.conv(x, 256, 3)))
    x = v1.layers.flatten(x)
    for _ in range(2):
        x = v1.nn.dropout(kit.dense(x, kit.narrow(4096), tf.nn.relu), rate=0.5) if kit.training else \
            kit.dense(x, kit.narrow(4096), tf.nn.relu)
    return kit.dense(x, classes)


def vgg16(kit, x, classes):
    for width, depth in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
        for _ in range(depth):
            x = tf.nn.relu(kit.conv(x, width, 3))
        x = tf.nn.max_pool2d(x, 2, 2, "VALID")
    x = v1.layers.flatten(x)
    for _ in range(2):
        x = kit.dropout(kit.dense(x, kit.narrow(4096), tf.nn.relu))
    return kit.dense(x, classes)


def _unit(kit, x, width, size, stride=1):
    return tf.nn.relu(kit.norm(kit.conv(x, width, size, stride, bias=False)))


def inception1(kit, x, classes, middle=4):
    """GoogLeNet with batch norm: modules of four branches, nine of them when all are there."""
    def module(x, a, b1, b2, c1, c2, d):
        return tf.concat([_unit(kit, x, a, 1), _unit(kit, _unit(kit, x, b1, 1), b2, 3), _unit(kit, _unit(kit, x, c1, 1), c2, 3),
                          _unit(kit, tf.nn.max_pool2d(x, 3, 1, "SAME"), d, 1)], -1)

    pool = lambda t: tf.nn.max_pool2d(t, 3, 2, "SAME")
    x = pool(_unit(kit, x, 64, 7, 2))
    x = pool(_unit(kit, _unit(kit, x, 64, 1), 192, 3))
    x = pool(module(module(x, 64, 96, 128, 16, 32, 32), 128, 128, 192, 32, 96, 64))
    for a, b1, b2, c1, c2 in ((192, 96, 208, 16, 48), (160, 112, 224, 24, 64), (128, 128, 256, 24, 64),
                              (112, 144, 288, 32, 64))[:middle]:
        x = module(x, a, b1, b2, c1, c2, 64)
    x = pool(module(x, 256, 160, 320, 32, 128, 128))
    x = module(module(x, 256, 160, 320, 32, 128, 128), 384, 192, 384, 48, 128, 128)
    return kit.dense(kit.dropout(tf.reduce_mean(x, [1, 2]), 0.2), classes)


def inception3(kit, x, classes):
    """One module of each kind of Inception-v3: 5x5, reduction, factorised 7x7, reduction, split 3x3."""
    unit = functools.partial(_unit, kit)
    pool = lambda t: tf.nn.avg_pool2d(t, 3, 1, "SAME")
    half = lambda t: tf.nn.max_pool2d(t, 3, 2, "SAME")
    x = half(unit(unit(unit(x, 32, 3, 2), 32, 3), 64, 3))
    x = tf.concat([unit(x, 64, 1), unit(unit(x, 48, 1), 64, 5), unit(unit(unit(x, 64, 1), 96, 3), 96, 3), unit(pool(x), 32, 1)], -1)
    x = tf.concat([unit(x, 384, 3, 2), unit(unit(unit(x, 64, 1), 96, 3), 96, 3, 2), half(x)], -1)
    seven = lambda t, width: unit(unit(t, width, [1, 7]), width, [7, 1])
    x = tf.concat([unit(x, 192, 1), seven(unit(x, 128, 1), 192), seven(seven(unit(x, 128, 1), 128), 192), unit(pool(x), 192, 1)], -1)
    x = tf.concat([unit(unit(x, 192, 1), 320, 3, 2), unit(seven(unit(x, 192, 1), 192), 192, 3, 2), half(x)], -1)
    split = lambda t: tf.concat([unit(t, 384, [1, 3]), unit(t, 384, [3, 1])], -1)
    x = tf.concat([unit(x, 320, 1), split(unit(x, 384, 1)), split(unit(unit(x, 448, 1), 384, 3)), unit(pool(x), 192, 1)], -1)
    return kit.dense(kit.dropout(tf.reduce_mean(x, [1, 2]), 0.2), classes)


def resnet50(kit, x, classes, version=1, blocks=(3, 4, 6, 3)):
    """Batch norm behind each convolution (version 1), or before it together with the activation (version 2)."""
    def preactivated(x, width, size, stride=1):
        return kit.conv(tf.nn.relu(kit.norm(x)), width, size, stride, bias=False)

    x = kit.conv(x, 64, 7, 2, bias=False)
    x = tf.nn.relu(kit.norm(x)) if version == 1 else x
    x = tf.nn.max_pool2d(x, 3, 2, "SAME")
    for stage, depth in enumerate(blocks):
        width = 64 * 2**stage
        for block in range(depth):
            stride, short = (2 if stage and not block else 1), x
            if version == 1:
                if not block:
                    short = kit.norm(kit.conv(x, 4 * width, 1, stride, bias=False))
                y = _unit(kit, _unit(kit, x, width, 1, stride), width, 3)
                x = tf.nn.relu(short + kit.norm(kit.conv(y, 4 * width, 1, bias=False)))
            else:
                if not block:
                    short = preactivated(x, 4 * width, 1, stride)
                x = short + preactivated(preactivated(preactivated(x, width, 1, stride), width, 3), 4 * width, 1)
    x = x if version == 1 else tf.nn.relu(kit.norm(x))
    return kit.dense(tf.reduce_mean(x, [1, 2]), classes)


def mobilenet(kit, x, classes, pairs=12):
    """MobileNet-v1: depthwise and pointwise convolutions, each with batch norm and relu6."""
    x = tf.nn.relu6(kit.norm(kit.conv(x, 32, 3, 2, bias=False)))
    for width, stride in ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *((512, 1),) * 5, (1024, 2))[:pairs]:
        x = tf.nn.relu6(kit.norm(kit.depthwise(x, 3, stride)))
        x = tf.nn.relu6(kit.norm(kit.conv(x, width, 1, bias=False)))
    x = tf.nn.relu6(kit.norm(kit.separable(x, 1024, 3)))
    return kit.dense(kit.dropout(tf.reduce_mean(x, [1, 2]), 0.1), classes)


# ---- the nets that come with tf_slim -------------------------------------------------------------------------------------

@contextlib.contextmanager
def narrowed(divide):
    """slim's nets have their widths written in them; each convolution gets a part of what it asks for."""
    full = vgg.layers.conv2d

    @functools.wraps(full)
    def conv2d(inputs, num_outputs, *arguments, **options):
        return full(inputs, max(num_outputs // divide, 4), *arguments, **options)

    # All nets call it through one of these two modules.
    with mock.patch.object(vgg.layers, "conv2d", conv2d), mock.patch.object(vgg.layers_lib, "conv2d", conv2d):
        yield


def slim_vgg16(x, training, classes, divide=1):
    with narrowed(divide), slim.arg_scope(vgg.vgg_arg_scope()):
        return vgg.vgg_16(x, classes * divide, training)[0]


def slim_inception_v1(x, training, classes, divide=1):
    with narrowed(divide), slim.arg_scope(inception_v1.inception_v1_arg_scope()):
        return inception_v1.inception_v1(x, classes * divide, training)[0]


def slim_inception_v3(x, training, classes, divide=1):
    """With its auxiliary head, which only the training has a use for."""
    with slim.arg_scope(inception_v3.inception_v3_arg_scope(batch_norm_decay=0.9)):
        return inception_v3.inception_v3(x, classes, training, min_depth=max(16 // divide, 4), depth_multiplier=1 / divide)


def slim_resnet50(x, training, classes, divide=1, version=1, units=(3, 4, 6, 3)):
    net = resnet_v1 if version == 1 else resnet_v2
    make = net.resnet_v1_block if version == 1 else net.resnet_v2_block
    blocks = [make(f"block{i + 1}", base_depth=max(64 * 2**i // divide, 4), num_units=n, stride=2 if i < 3 else 1)
              for i, n in enumerate(units)]
    with slim.arg_scope(net.resnet_arg_scope(batch_norm_decay=0.9)):
        return (net.resnet_v1 if version == 1 else net.resnet_v2)(x, blocks, classes, training)[0]
