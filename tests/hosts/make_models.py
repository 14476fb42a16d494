#!/usr/bin/env python3
"""Makes the models that tensorflow_host.cpp freezes, with TensorFlow, in the directory that is named.

    python3 make_models.py models

  <flavour>/model.ckpt*   a network in the middle of its training: convolution, batch norm and dropout behind a flag, Adam;
                          the flavours are `ref` (reference variables, Switch and Merge) and `resource` (If and functions)
  <flavour>/images        what was fed, float32 [5, 8, 8, 3]
  <flavour>/logits        what the training session itself answered with is_training=False, float32 [5, 10]
  saved_model/            TF2: variables in functions, and a table that is filled from an asset
"""

import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import tensorflow as tf

v1 = tf.compat.v1


def batch_norm(x, training):
    channels = x.shape[-1]
    scale = v1.get_variable("scale", [channels], initializer=v1.random_uniform_initializer(0.5, 1.5, seed=1))
    offset = v1.get_variable("offset", [channels], initializer=v1.random_normal_initializer(seed=2))
    mean = v1.get_variable("moving_mean", [channels], initializer=v1.zeros_initializer(), trainable=False)
    variance = v1.get_variable("moving_variance", [channels], initializer=v1.ones_initializer(), trainable=False)

    def of_batch():
        y, batch_mean, batch_variance = v1.nn.fused_batch_norm(x, scale, offset, is_training=True)
        return y, batch_mean, batch_variance

    def of_averages():
        y, _, _ = v1.nn.fused_batch_norm(x, scale, offset, mean=mean, variance=variance, is_training=False)
        return y, tf.identity(mean), tf.identity(variance)

    y, new_mean, new_variance = v1.cond(training, of_batch, of_averages)
    for average, new in ((mean, new_mean), (variance, new_variance)):
        v1.add_to_collection(v1.GraphKeys.UPDATE_OPS, v1.assign_sub(average, 0.1 * (average - new)))
    return y


def network(images, training):
    with v1.variable_scope("conv"):
        filters = v1.get_variable("filters", [3, 3, 3, 8], initializer=v1.random_normal_initializer(stddev=0.3, seed=3))
        x = tf.nn.conv2d(images, filters, strides=2, padding="SAME")
        x = tf.nn.relu(batch_norm(x, training))
    x = tf.reshape(x, [-1, 4 * 4 * 8])
    x = v1.cond(training, lambda: tf.nn.dropout(x, rate=0.4, seed=4), lambda: x)
    with v1.variable_scope("dense"):
        weights = v1.get_variable("weights", [128, 10], initializer=v1.random_normal_initializer(stddev=0.1, seed=5))
        bias = v1.get_variable("bias", [10], initializer=v1.zeros_initializer())
    return tf.add(tf.matmul(x, weights), bias, name="logits")


def plain_config():
    """No rewrites by TensorFlow, which would round otherwise than the graph that was written."""
    config = v1.ConfigProto()
    config.graph_options.optimizer_options.opt_level = v1.OptimizerOptions.L0
    config.graph_options.rewrite_options.disable_meta_optimizer = True
    return config


def train(directory, resource):
    os.makedirs(directory)
    if resource:
        v1.enable_resource_variables()
        v1.enable_control_flow_v2()
    else:
        v1.disable_resource_variables()
        v1.disable_control_flow_v2()
    rng = np.random.default_rng(7)
    with tf.Graph().as_default(), v1.Session(config=plain_config()) as session:
        v1.set_random_seed(11)
        images = v1.placeholder(tf.float32, [None, 8, 8, 3], name="images")
        labels = v1.placeholder(tf.int64, [None], name="labels")
        training = v1.placeholder(tf.bool, [], name="is_training")
        logits = network(images, training)
        loss = v1.losses.sparse_softmax_cross_entropy(labels, logits)
        with v1.control_dependencies(v1.get_collection(v1.GraphKeys.UPDATE_OPS)):
            step = v1.train.AdamOptimizer(0.01).minimize(loss)
        saver = v1.train.Saver()
        session.run(v1.global_variables_initializer())
        for _ in range(3):
            batch = rng.standard_normal([16, 8, 8, 3], dtype=np.float32)
            session.run(step, {images: batch, labels: rng.integers(0, 10, 16), training: True})
        saver.save(session, os.path.join(directory, "model.ckpt"))
        asked = rng.standard_normal([5, 8, 8, 3], dtype=np.float32)
        answer = session.run(logits, {images: asked, training: False})
    asked.tofile(os.path.join(directory, "images"))
    answer.astype("<f4").tofile(os.path.join(directory, "logits"))


class Words(tf.Module):
    def __init__(self, vocabulary):
        super().__init__()
        keys = tf.lookup.TextFileInitializer(vocabulary, tf.string, tf.lookup.TextFileIndex.WHOLE_LINE, tf.int64,
                                             tf.lookup.TextFileIndex.LINE_NUMBER)
        self.table = tf.lookup.StaticVocabularyTable(keys, num_oov_buckets=1)
        self.embedding = tf.Variable(tf.random.stateless_normal([4, 6], [1, 2]), name="embedding")
        self.weights = tf.Variable(tf.random.stateless_normal([6, 3], [3, 4]), name="weights")

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, "words")])
    def __call__(self, words):
        ids = self.table.lookup(words)
        return {"ids": ids, "scores": tf.matmul(tf.gather(self.embedding, ids), self.weights)}


def export(directory):
    vocabulary = directory + ".vocabulary"
    with open(vocabulary, "w") as file:
        file.write("red\ngreen\nblue\n")
    model = Words(vocabulary)
    tf.saved_model.save(model, directory, signatures=model.__call__)
    os.remove(vocabulary)


def main(directory):
    os.makedirs(directory)
    export(os.path.join(directory, "saved_model"))
    for flavour in ("ref", "resource"):
        train(os.path.join(directory, flavour), flavour == "resource")


if __name__ == "__main__":
    main(*sys.argv[1:])
