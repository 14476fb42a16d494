"""Makes model.ckpt.*: a small LeNet, trained for a few steps as TensorFlow 1.x scripts do.

Run with tensorflow-cpu==2.21.* in this directory. The files are checked in; nobody needs to run this.
"""
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import numpy as np
import tensorflow as tf

v1 = tf.compat.v1
v1.disable_eager_execution()
v1.disable_resource_variables()
v1.set_random_seed(1)


def dense(name, x, units, activation=None):
    with v1.variable_scope(name):
        w = v1.get_variable("w", [x.shape[-1], units])
        b = v1.get_variable("b", [units], initializer=v1.zeros_initializer())
        y = tf.nn.bias_add(tf.matmul(x, w), b)
        return activation(y) if activation else y


def conv(name, x, filters):
    with v1.variable_scope(name):
        w = v1.get_variable("w", [5, 5, x.shape[-1], filters])
        b = v1.get_variable("b", [filters], initializer=v1.zeros_initializer())
        y = tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d(x, w, 1, "VALID"), b))
        return tf.nn.max_pool2d(y, 2, 2, "VALID")


images = v1.placeholder(tf.float32, [None, 28, 28, 1], name="input")
labels = v1.placeholder(tf.int64, [None], name="labels")
x = conv("conv1", images, 6)
x = conv("conv2", x, 12)
x = tf.reshape(x, [-1, 4 * 4 * 12])
x = dense("fc1", x, 48, tf.nn.relu)
logits = dense("fc2", x, 10)
tf.argmax(logits, axis=1, name="output")
loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits))
step = v1.train.get_or_create_global_step()
train = v1.train.AdamOptimizer(1e-3).minimize(loss, global_step=step)
saver = v1.train.Saver()

random = np.random.RandomState(0)
with v1.Session() as session:
    session.run(v1.global_variables_initializer())
    for _ in range(20):
        y = random.randint(0, 10, 32)
        batch = random.rand(32, 28, 28, 1).astype(np.float32) * 0.3
        for i, k in enumerate(y):
            batch[i, 2 + 2 * k : 5 + 2 * k] += 1.0  # a bar whose height is the class
        session.run(train, {images: batch, labels: y})
    saver.save(session, "./model.ckpt")
