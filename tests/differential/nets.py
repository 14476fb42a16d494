"""Image networks of any width: small in CI, full-size in the suite of their own."""

import numpy as np
import tensorflow as tf

from registry import Script, numbers, placeholder, trained, v1


def _weight(name, shape, fan_in):
    made = v1.get_variable(name, shape, initializer=v1.zeros_initializer())
    return trained(made, numbers(made.op.name, shape) * np.float32(np.sqrt(6.0 / fan_in)))


def _bias(name, width):
    made = v1.get_variable(name, [width], initializer=v1.zeros_initializer())
    return trained(made, numbers(made.op.name, [width]) * np.float32(0.1))


def conv(x, name, size, width, stride=1, padding="SAME", bias=True):
    with v1.variable_scope(name):
        channels = int(x.shape[-1])
        y = tf.nn.conv2d(x, _weight("w", [size, size, channels, width], size * size * channels), stride, padding)
        return tf.nn.bias_add(y, _bias("b", width)) if bias else y


def dense(x, name, width):
    with v1.variable_scope(name):
        inputs = int(x.shape[-1])
        return v1.nn.xw_plus_b(x, _weight("w", [inputs, width], inputs), _bias("b", width))


def batch_norm(x, name):
    """Batch normalisation at inference: statistics come from the moving averages."""
    with v1.variable_scope(name):
        width = int(x.shape[-1])

        def statistic(part, low, high):
            made = v1.get_variable(part, [width], initializer=v1.zeros_initializer(), trainable=part in ("gamma", "beta"))
            return trained(made, numbers(made.op.name, [width], low=low, high=high))

        return v1.nn.fused_batch_norm(x, statistic("gamma", 0.5, 1.5), statistic("beta", -0.5, 0.5),
                                      statistic("moving_mean", -0.5, 0.5), statistic("moving_variance", 0.5, 1.5),
                                      is_training=False)[0]


def classify(x, logits, train):
    """The end of each net: `output` is the class, and a training branch leaves its nodes and slots in the files."""
    tf.argmax(logits, 1, name="output")
    step = None
    if train:
        labels = v1.placeholder(tf.int64, [None], "labels")
        loss = tf.reduce_mean(v1.losses.sparse_softmax_cross_entropy(labels, logits))
        step = v1.train.MomentumOptimizer(1e-3, 0.9).minimize(loss, v1.train.get_or_create_global_step())
    image = numbers("image", [2] + [int(d) for d in x.shape[1:]])
    feeds = {"input:0": image, **({"labels:0": np.array([0, 1])} if train else {})}
    return Script(outputs=["output", logits.op.name], feeds=feeds, train=step)


def alexnet(size=224, divide=1, classes=1000, train=True):
    """The network of the guide: five convolutions, three dense layers, dropout off, `output` by argmax."""
    x = placeholder("input", [None, size, size, 3])
    w = lambda n: max(n // divide, 4)
    pool = lambda t: tf.nn.max_pool2d(t, 3, 2, "VALID")
    y = pool(tf.nn.lrn(tf.nn.relu(conv(x, "conv1", 11, w(96), 4, "VALID")), 2, 1.0, 2e-5, 0.75))
    y = pool(tf.nn.lrn(tf.nn.relu(conv(y, "conv2", 5, w(256))), 2, 1.0, 2e-5, 0.75))
    y = tf.nn.relu(conv(y, "conv3", 3, w(384)))
    y = tf.nn.relu(conv(y, "conv4", 3, w(384)))
    y = pool(tf.nn.relu(conv(y, "conv5", 3, w(256))))
    y = tf.reshape(y, [-1, int(np.prod(y.shape[1:]))], name="flatten")
    y = v1.nn.dropout(tf.nn.relu(dense(y, "fc6", w(4096))), rate=0.0)
    y = v1.nn.dropout(tf.nn.relu(dense(y, "fc7", w(4096))), rate=0.0)
    return classify(x, dense(y, "fc8", classes), train)


def vgg16(size=224, divide=1, classes=1000, train=True):
    x = y = placeholder("input", [None, size, size, 3])
    for block, (width, depth) in enumerate([(64, 2), (128, 2), (256, 3), (512, 3), (512, 3)], 1):
        for layer in range(1, depth + 1):
            y = tf.nn.relu(conv(y, f"conv{block}_{layer}", 3, max(width // divide, 4)))
        y = tf.nn.max_pool2d(y, 2, 2, "VALID")
    y = tf.reshape(y, [-1, int(np.prod(y.shape[1:]))])
    for name in ("fc6", "fc7"):
        y = tf.nn.relu(dense(y, name, max(4096 // divide, 4)))
    return classify(x, dense(y, "fc8", classes), train)


def resnet50(size=224, divide=1, classes=1000, blocks=(3, 4, 6, 3), train=False):
    x = placeholder("input", [None, size, size, 3])
    y = tf.nn.relu(batch_norm(conv(x, "conv1", 7, max(64 // divide, 4), 2, bias=False), "bn1"))
    y = tf.nn.max_pool2d(y, 3, 2, "SAME")
    for stage, depth in enumerate(blocks):
        narrow = max(64 * 2**stage // divide, 4)
        for block in range(depth):
            stride = 2 if stage and not block else 1
            with v1.variable_scope(f"stage{stage + 2}/block{block + 1}"):
                short = y
                if not block:
                    short = batch_norm(conv(y, "short", 1, 4 * narrow, stride, bias=False), "bn_short")
                y = tf.nn.relu(batch_norm(conv(y, "a", 1, narrow, stride, bias=False), "bn_a"))
                y = tf.nn.relu(batch_norm(conv(y, "b", 3, narrow, bias=False), "bn_b"))
                # Half weight on the branch keeps 16 blocks of random weights in range.
                y = tf.nn.relu(short + 0.5 * batch_norm(conv(y, "c", 1, 4 * narrow, bias=False), "bn_c"))
    return classify(x, dense(tf.reduce_mean(y, [1, 2], name="pool"), "fc", classes), train)
