"""SavedModels of Estimators and of Keras 2, for an environment of their own: the last TensorFlow with Estimators is 2.15.

python estimator_models.py FOLDER [NAME...], like saved_model_models.py.
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import pathlib
import pickle
import shutil
import sys
import tempfile
import traceback

import numpy as np
import tensorflow as tf

v1 = tf.compat.v1
MODELS = {}
X = np.random.default_rng(1).uniform(-1, 1, (64, 4)).astype(np.float32)
Y = (X.sum(axis=1) > 0).astype(np.int32)


def model(build):
    MODELS[build.__name__] = build
    return build


def _features(vocabulary=None):
    columns = [tf.feature_column.numeric_column("x", shape=(4,))]
    if vocabulary:
        words = tf.feature_column.categorical_column_with_vocabulary_file("word", vocabulary, num_oov_buckets=1)
        columns.append(tf.feature_column.embedding_column(words, 3))
    return columns


def _input(words=False):
    features = {"x": X}
    if words:
        features["word"] = np.array([[b"red"], [b"blue"], [b"?"], [b"green"]] * 16)
    return lambda: tf.data.Dataset.from_tensor_slices((features, Y)).batch(16)


def _export(estimator, folder, receiver, words=False):
    estimator.train(_input(words), max_steps=4)
    with tempfile.TemporaryDirectory() as base:
        exported = estimator.export_saved_model(base, receiver)
        shutil.move(exported.decode(), folder)


def _raw(words=False):
    def receiver():
        features = {"x": v1.placeholder(tf.float32, [None, 4], "x")}
        if words:
            features["word"] = v1.placeholder(tf.string, [None, 1], "word")
        return tf.estimator.export.ServingInputReceiver(features, features)
    return receiver


def _example(x, word=None):
    feature = {"x": tf.train.Feature(float_list=tf.train.FloatList(value=x))}
    if word:
        feature["word"] = tf.train.Feature(bytes_list=tf.train.BytesList(value=[word]))
    return tf.train.Example(features=tf.train.Features(feature=feature)).SerializeToString()


def _vocabulary():
    path = pathlib.Path(tempfile.mkdtemp()) / "words.txt"
    path.write_text("red\ngreen\nblue\n")
    return str(path)


@model
def estimator_dnn_classifier(folder):
    estimator = tf.estimator.DNNClassifier([8, 4], _features(), dropout=0.2, batch_norm=True)
    receiver = tf.estimator.export.build_parsing_serving_input_receiver_fn(tf.feature_column.make_parse_example_spec(_features()))
    _export(estimator, folder, receiver)
    examples = np.array([_example(X[0]), _example(X[1])], object)
    return {"serving_default": {None: examples}, "predict": {None: examples}}


@model
def estimator_dnn_regressor_raw_inputs(folder):
    _export(tf.estimator.DNNRegressor([8], _features()), folder, _raw())
    return {"predict": {"x": X[:3]}}


@model
def estimator_linear_classifier(folder):
    _export(tf.estimator.LinearClassifier(_features()), folder, _raw())
    return {"predict": {"x": X[:3]}}


@model
def estimator_embedding_with_vocabulary(folder):
    estimator = tf.estimator.DNNClassifier([6], _features(_vocabulary()))
    _export(estimator, folder, _raw(True), words=True)
    return {"predict": {"x": X[:3], "word": np.array([[b"blue"], [b"?"], [b"red"]], object)}}


@model
def estimator_wide_and_deep(folder):
    vocabulary = _vocabulary()
    wide = [tf.feature_column.categorical_column_with_vocabulary_file("word", vocabulary, num_oov_buckets=1)]
    estimator = tf.estimator.DNNLinearCombinedClassifier(linear_feature_columns=wide, dnn_feature_columns=_features(vocabulary),
                                                         dnn_hidden_units=[5])
    _export(estimator, folder, _raw(True), words=True)
    return {"predict": {"x": X[:2], "word": np.array([[b"green"], [b"blue"]], object)}}


@model
def estimator_model_fn(folder):
    def model_fn(features, labels, mode):
        training = mode == tf.estimator.ModeKeys.TRAIN
        with v1.variable_scope("net"):
            h = v1.layers.dense(features["x"], 6, tf.nn.relu)
            h = v1.layers.batch_normalization(h, training=training)
            h = v1.layers.dropout(h, 0.5, training=training)
            logits = v1.layers.dense(h, 2)
        if mode == tf.estimator.ModeKeys.PREDICT:
            outputs = {"probabilities": tf.nn.softmax(logits), "class": tf.argmax(logits, 1)}
            return tf.estimator.EstimatorSpec(mode, outputs, export_outputs={"serving_default": tf.estimator.export.PredictOutput(outputs)})
        loss = v1.losses.sparse_softmax_cross_entropy(labels, logits)
        with tf.control_dependencies(v1.get_collection(v1.GraphKeys.UPDATE_OPS)):
            train = v1.train.AdamOptimizer().minimize(loss, v1.train.get_global_step())
        return tf.estimator.EstimatorSpec(mode, loss=loss, train_op=train)
    _export(tf.estimator.Estimator(model_fn), folder, _raw())
    return {"serving_default": {"x": X[:3]}}


@model
def keras2_conv_bn(folder):
    k = tf.keras
    net = k.Sequential([k.layers.Input((12, 12, 3)), k.layers.Conv2D(4, 3), k.layers.BatchNormalization(), k.layers.ReLU(),
                        k.layers.GlobalAveragePooling2D(), k.layers.Dense(3, activation="softmax")])
    net.compile("adam", "mse")
    net.fit(np.random.rand(8, 12, 12, 3), np.random.rand(8, 3), verbose=0)
    net.save(folder, save_format="tf")
    return {"serving_default": {None: np.random.rand(2, 12, 12, 3).astype(np.float32)}}


@model
def keras2_lstm(folder):
    k = tf.keras
    net = k.Sequential([k.layers.Input((7, 3)), k.layers.LSTM(5, return_sequences=True), k.layers.GRU(4), k.layers.Dense(2)])
    net.save(folder, save_format="tf")
    return {"serving_default": {None: np.random.rand(2, 7, 3).astype(np.float32)}}


@model
def module_of_2_15(folder):
    class Net(tf.Module):
        def __init__(self):
            self.ws = [tf.Variable(np.random.rand(4, 4).astype(np.float32)) for _ in range(3)]
            self.table = tf.lookup.StaticHashTable(tf.lookup.TextFileInitializer(_vocabulary(), tf.string, -2, tf.int64, -1), 3)

        @tf.function(input_signature=[tf.TensorSpec([None, 4]), tf.TensorSpec([None], tf.string)])
        def __call__(self, x, words):
            for w in self.ws:
                x = tf.cond(tf.reduce_sum(x) > 0, lambda: x @ w, lambda: x + w[0])
            return {"y": x, "ids": self.table.lookup(words)}
    tf.saved_model.save(Net(), folder)
    return {"serving_default": {"x": X[:3], "words": np.array([b"blue", b"?"], object)}}


def main(folder, names):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    tf.get_logger().setLevel("ERROR")
    failed = 0
    for name in names or MODELS:
        tf.random.set_seed(1)
        try:
            inputs = MODELS[name](str(folder / name))
        except Exception:
            failed = 1
            print(f"--- {name}\n{traceback.format_exc()}", file=sys.stderr)
            continue
        plain = {s: {k: np.asarray(v) for k, v in keys.items()} for s, keys in inputs.items()}
        # Protocol 4 and lists: another NumPy reads it.
        plain = {s: {k: (v.dtype.str, v.shape, v.ravel().tolist()) for k, v in keys.items()} for s, keys in plain.items()}
        (folder / f"{name}.inputs").write_bytes(pickle.dumps({"inputs": plain, "expected": None}, protocol=4))
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
