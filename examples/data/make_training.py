"""Makes train.ckpt.*: a training graph as scripts leave it behind, with what has to go before it can serve: an input
pipeline, batch norm and dropout in training mode, gradients, a summary, and ops that only one team or one NPU has.

Run with tensorflow-cpu==2.21.* in this directory. The files are checked in; nobody needs to run this.
"""
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import numpy as np
import tensorflow as tf
from tensorflow.core.protobuf import meta_graph_pb2

v1 = tf.compat.v1
v1.disable_eager_execution()
v1.disable_resource_variables()
v1.set_random_seed(1)

# What TensorFlow does not have stands in as an Identity and gets its op in the file: name -> op, attributes, and the
# constant that is its second input.
foreign = {}


def foreign_op(op, x, name, second=None, **attrs):
    y = tf.identity(x, name=name)
    foreign[y.op.name] = (op, second, attrs)
    return y


def variable(name, shape, initializer=None):
    return v1.get_variable(name, shape, tf.float32, initializer)


def batch_norm(x, decay=0.9):
    with v1.variable_scope("bn"):
        c = x.shape[-1]
        gamma, beta = variable("gamma", [c], v1.ones_initializer()), variable("beta", [c], v1.zeros_initializer())
        moving = [v1.get_variable("moving_mean", [c], initializer=v1.zeros_initializer(), trainable=False),
                  v1.get_variable("moving_variance", [c], initializer=v1.ones_initializer(), trainable=False)]
        y, *batch = v1.nn.fused_batch_norm(x, gamma, beta, epsilon=1e-3, is_training=True)
        updates = [v1.assign_sub(m, (m - b) * (1 - decay)) for m, b in zip(moving, batch)]
        for update in updates:
            v1.add_to_collection(v1.GraphKeys.UPDATE_OPS, update)
        return y


source = [v1.placeholder(tf.float32, [None, 10, 10, 1], name="source/images"),
          v1.placeholder(tf.int64, [None], name="source/labels")]
data = tf.data.Dataset.from_tensor_slices(tuple(source)).repeat().batch(16)
iterator = v1.data.make_initializable_iterator(data)
images, labels = iterator.get_next()

with v1.variable_scope("conv"):
    x = tf.nn.conv2d(images, variable("w", [3, 3, 1, 4]), 2, "VALID", name="conv2d")
    x = tf.minimum(tf.nn.relu(batch_norm(x)), 6.0, name="clip")
with v1.variable_scope("fc1"):
    w = variable("w", [64, 16])
    x = tf.matmul(tf.reshape(x, [-1, 64]), w) + variable("b", [16], v1.zeros_initializer())
    x = tf.minimum(tf.nn.relu(x), 6.0, name="clip")
    keep = tf.constant(0.8, name="keep")
    x = foreign_op("MyDropout", x, "my_dropout", keep)
    x = tf.nn.dropout(x, rate=0.25, name="dropout")
with v1.variable_scope("fc2"):
    x = foreign_op("MyScale", x, "my_scale", training=True)
    logits = tf.matmul(x, variable("w", [16, 5])) + variable("b", [5], v1.zeros_initializer())
v1.summary.histogram("logits", logits)
tf.argmax(tf.debugging.check_numerics(logits, "logits"), axis=1, name="output")

loss = tf.reduce_sum(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits))
step = v1.train.get_or_create_global_step()
with tf.control_dependencies(v1.get_collection(v1.GraphKeys.UPDATE_OPS)):
    train = v1.train.MomentumOptimizer(0.002, 0.9).minimize(loss, global_step=step)
saver = v1.train.Saver()

random = np.random.RandomState(0)
y = random.randint(0, 5, 320)
pixels = random.rand(320, 10, 10, 1).astype(np.float32) * 0.3
for i, k in enumerate(y):
    pixels[i, 2 * k : 2 * k + 2] += 1.0  # a bar whose height is the class
with v1.Session() as session:
    session.run(v1.global_variables_initializer())
    session.run(iterator.initializer, dict(zip(source, [pixels, y])))
    for _ in range(100):
        session.run(train)
    saver.save(session, "./train.ckpt", write_state=False, strip_default_attrs=True)

with open("train.ckpt.meta", "rb") as file:
    meta = meta_graph_pb2.MetaGraphDef.FromString(file.read())
for node in meta.graph_def.node:
    node.attr.pop("_output_shapes", None)
    if node.name in foreign:
        op, second, attrs = foreign[node.name]
        node.op = op
        if second is not None:
            node.input.append(second.op.name)
        for name, value in attrs.items():
            node.attr[name].b = value
with open("train.ckpt.meta", "wb") as file:
    file.write(meta.SerializeToString(deterministic=True))
