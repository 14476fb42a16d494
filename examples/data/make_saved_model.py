"""Makes saved_model/: words in, a score out; a table filled from a file, an embedding, a dense layer.

Run with tensorflow-cpu==2.21.* in this directory. The files are checked in; nobody needs to run this.
"""
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import tensorflow as tf

tf.random.set_seed(1)


class Scorer(tf.Module):
    def __init__(self, vocabulary):
        lines = tf.lookup.TextFileInitializer(vocabulary, tf.string, tf.lookup.TextFileIndex.WHOLE_LINE, tf.int64,
                                              tf.lookup.TextFileIndex.LINE_NUMBER)
        self.table = tf.lookup.StaticHashTable(lines, default_value=0)
        self.embedding = tf.Variable(tf.random.normal([8, 4]), name="embedding")
        self.w = tf.Variable(tf.random.normal([4, 1]), name="w")

    @tf.function(input_signature=[tf.TensorSpec([None, 3], tf.string, "words")])
    def __call__(self, words):
        x = tf.reduce_mean(tf.gather(self.embedding, self.table.lookup(words)), axis=1)
        return {"score": tf.sigmoid(tf.matmul(x, self.w))}


with open("words.txt", "w") as file:  # the model takes a copy, and its path into a name
    file.write("\n".join(["?", "the", "a", "good", "bad", "film", "book", "very"]) + "\n")
model = Scorer("words.txt")
tf.saved_model.save(model, "saved_model", signatures={"serving_default": model.__call__})
os.remove("words.txt")
os.remove("saved_model/fingerprint.pb")
