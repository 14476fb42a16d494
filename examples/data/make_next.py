"""Makes model-next.ckpt.*: the weights of model.ckpt after more training, saved without the optimizer's slots.

Run with tensorflow-cpu==2.21.* in this directory. The files are checked in; nobody needs to run this.
"""
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import numpy as np
import tensorflow as tf

v1 = tf.compat.v1
v1.disable_eager_execution()

saver = v1.train.import_meta_graph("model.ckpt.meta")
graph = v1.get_default_graph()
random = np.random.RandomState(1)
with v1.Session() as session:
    saver.restore(session, "./model.ckpt")
    for _ in range(20):
        y = random.randint(0, 10, 32)
        batch = random.rand(32, 28, 28, 1).astype(np.float32) * 0.3
        for i, k in enumerate(y):
            batch[i, 2 + 2 * k : 5 + 2 * k] += 1.0  # a bar whose height is the class
        session.run(graph.get_operation_by_name("Adam"), {"input:0": batch, "labels:0": y})
    v1.train.Saver(v1.trainable_variables()).save(session, "./model-next.ckpt", write_meta_graph=False, write_state=False)
