"""Training scripts about one construct each, as small as their point allows."""

import numpy as np
import tensorflow as tf

import training_nets as nets
from registry import CONTROL_FLOW, REF, REF_V2, RESOURCE, RESOURCE_V2, numbers, placeholder, v1
from training_registry import ROWS, Net, batch, classifier, minimize, question, script

import tf_keras
from training_nets import slim

# A cond of v2 captures a reference's value, and then there is no reference any more that an update could write to.
WITH_UPDATES = (REF, RESOURCE, RESOURCE_V2)
FLAG_IS_FALSE = ("--set", "is_training=false")


def dense(x, width, name=None, activation=None):
    return v1.layers.dense(x, width, activation, name=name, kernel_initializer=v1.glorot_normal_initializer())


def around(is_training, middle, shape=(6,), width=8, **net) -> Net:
    """x -> dense -> middle -> dense -> softmax."""
    x, labels, start = batch(is_training, list(shape))
    hidden = middle(dense(x, width, "before", tf.nn.relu))
    return classifier(dense(hidden, 5, "after"), labels, x, start, **net)


def image(is_training, middle, width=4, **net) -> Net:
    """x -> convolution -> middle -> mean -> dense -> softmax."""
    x, labels, start = batch(is_training, [6, 6, 3])
    hidden = tf.nn.relu(middle(v1.layers.conv2d(x, width, 3, padding="SAME", name="before")))
    return classifier(dense(tf.reduce_mean(hidden, [1, 2]), 5, "after"), labels, x, start, **net)


def _norm_variables(width=4, mean="moving_mean", variance="moving_variance"):
    """gamma, beta and the moving averages, for batch norms written by hand."""
    with v1.variable_scope("bn"):
        get = lambda name, value, **options: v1.get_variable(name, [width], initializer=v1.constant_initializer(value), **options)
        return get("gamma", 1.0), get("beta", 0.0), get(mean, 0.0, trainable=False), get(variance, 1.0, trainable=False)


def _norm(is_training, **options):
    def norm(t):
        return v1.layers.batch_normalization(t, training=is_training, momentum=0.9, **options)
    return norm


# ---- dropout -------------------------------------------------------------------------------------------------------------

@script()
def dropout_fed_keep_prob(is_training):
    """The placeholder is not bound by any flag; it goes with the dropout."""
    keep = placeholder("keep_prob", []) if is_training else None
    drop = lambda t: v1.nn.dropout(t, keep_prob=keep) if is_training else t
    return around(is_training, drop, training_feeds={keep: 0.5} if is_training else {})


@script()
def dropout_default_keep_prob(is_training):
    keep = v1.placeholder_with_default(tf.constant(0.5), [], "keep_prob")
    return around(is_training, lambda t: v1.nn.dropout(t, keep_prob=keep) if is_training else t)


@script()
def dropout_keep_prob_is_set(is_training):
    """What the guide has people do by hand: the script stays, keep_prob is 1."""
    keep = placeholder("keep_prob", []) if is_training else None
    drop = lambda t: v1.nn.dropout(t, keep_prob=keep) if is_training else t
    more = {"training_feeds": {keep: 0.5}, "arguments": ["--set", "keep_prob=1"]} if is_training else {}
    return around(is_training, drop, **more)


@script()
def dropout_variable_rate(is_training):
    """The rate is in the checkpoint, and would be frozen at what training left in it."""
    rate = v1.get_variable("rate", [], initializer=v1.constant_initializer(0.5), trainable=False)
    return around(is_training, lambda t: v1.nn.dropout(t, rate=tf.identity(rate)) if is_training else t)


@script()
def dropout_rate_by_step(is_training):
    rate = 0.5 * v1.exp(-0.01 * tf.cast(v1.train.get_or_create_global_step(), tf.float32)) if is_training else None
    return around(is_training, lambda t: v1.nn.dropout(t, rate=rate) if is_training else t)


@script()
def dropout_is_the_output(is_training):
    """The output asked for is the dropout's own last node."""
    x, labels, start = batch(is_training, [6])
    net = classifier(dense(dense(x, 8, "before"), 5, "after"), labels, x, start)
    if is_training:
        net.outputs = [v1.nn.dropout(net.outputs[0], rate=0.5, name="dropped")]
    return net


@script()
def dropout_noise_shapes(is_training):
    """Whole channels, and whole rows of a sequence."""
    if not is_training:
        return image(is_training, lambda t: t)
    def drop(t):
        t = v1.nn.dropout(t, rate=0.3, noise_shape=[tf.shape(t)[0], 1, 1, 4])
        return v1.nn.dropout(t, rate=0.3, noise_shape=[tf.shape(t)[0], 6, 1, 1])
    return image(is_training, drop)


@script()
def dropout_keras_kinds(is_training):
    kinds = [tf_keras.layers.Dropout(0.3), tf_keras.layers.SpatialDropout2D(0.3), tf_keras.layers.AlphaDropout(0.2),
             tf_keras.layers.GaussianDropout(0.2)]
    def drop(t):
        for kind in kinds:
            t = kind(t, training=is_training)
        return t
    return image(is_training, drop)


@script()
def dropout_stateless(is_training):
    seed = tf.stack([v1.train.get_or_create_global_step(), 5])
    return around(is_training, lambda t: tf.nn.experimental.stateless_dropout(t, 0.4, seed) if is_training else t)


@script()
def dropout_half(is_training):
    """In 16 bits, where 1 / keep_prob is rounded."""
    def middle(t):
        t = tf.cast(t, tf.float16)
        return tf.cast(v1.nn.dropout(t, rate=0.3) if is_training else t, tf.float32)
    return around(is_training, middle)


@script()
def stochastic_depth(is_training):
    """EfficientNet's drop_connect: one number of noise for a row, scaled as dropout is."""
    def middle(t):
        y = v1.layers.conv2d(t, 4, 3, padding="SAME", name="branch")
        if is_training:
            noise = 0.7 + v1.random_uniform([tf.shape(y)[0], 1, 1, 1], dtype=y.dtype)
            y = tf.math.divide(y, 0.7) * tf.floor(noise)
        return t + y
    return image(is_training, middle)


@script()
def dropout_mask_of_two(is_training):
    """One mask for two tensors."""
    def middle(t):
        a, b = dense(t, 8, "a"), dense(t, 8, "b")
        if is_training:
            mask = tf.floor(0.6 + v1.random_uniform(tf.shape(a)))
            a, b = a / 0.6 * mask, b / 0.6 * mask
        return tf.concat([a, b], 1)
    return around(is_training, middle)


# ---- batch normalisation -------------------------------------------------------------------------------------------------

@script()
def norm_fused(is_training):
    return image(is_training, _norm(is_training))


@script()
def norm_defaults_stripped(is_training):
    """Without its attribute FusedBatchNormV3 is in training mode."""
    return image(is_training, _norm(is_training), strip_default_attrs=True)


@script()
def norm_unfused(is_training):
    return image(is_training, _norm(is_training, fused=False))


@script()
def norm_dense(is_training):
    return around(is_training, _norm(is_training))


@script()
def norm_channels_first(is_training):
    """Moments and weights reshaped to [1, C, 1, 1]."""
    return image(is_training, _norm(is_training, axis=1, fused=False), width=6)


@script()
def norm_without_scale_and_centre(is_training):
    def middle(t):
        return _norm(is_training, scale=False)(_norm(is_training, center=False, fused=False)(t))
    return image(is_training, middle)


@script()
def norm_of_volumes(is_training):
    """Rank 5."""
    x, labels, start = batch(is_training, [4, 4, 4, 2])
    y = _norm(is_training)(v1.layers.conv3d(x, 3, 2))
    return classifier(dense(tf.reduce_mean(y, [1, 2, 3]), 5), labels, x, start)


@script()
def norm_half(is_training):
    """x in 16 bits, everything else in 32."""
    def middle(t):
        t = tf.cast(t, tf.float16)
        gamma, beta, mean, variance = _norm_variables()
        if not is_training:
            return tf.cast(v1.nn.fused_batch_norm(t, gamma, beta, mean, variance, is_training=False)[0], tf.float32)
        y, batch_mean, batch_variance = v1.nn.fused_batch_norm(t, gamma, beta)
        for moving, value in ((mean, batch_mean), (variance, batch_variance)):
            v1.add_to_collection(v1.GraphKeys.UPDATE_OPS, v1.assign_add(moving, (value - moving) * 0.2))
        return tf.cast(y, tf.float32)
    return image(is_training, middle)


def _renorm(is_training, **options):
    """Renorm within its limits computes in training what it does at inference, but for rounding: the dropout makes the difference."""
    norm = _norm(is_training, renorm=True, renorm_momentum=0.9, fused=False, **options)
    return lambda t: v1.layers.dropout(norm(t), 0.3, training=is_training)


@script()
def norm_renorm(is_training):
    return image(is_training, _renorm(is_training))


@script()
def norm_renorm_clipped(is_training):
    clipping = {"rmin": 0.5, "rmax": 2.0, "dmax": 1.0}
    return image(is_training, _renorm(is_training, renorm_clipping=clipping))


@script(WITH_UPDATES, surplus=("Mul", "AddV2"))
def norm_renorm_flag(is_training):
    flag = placeholder("is_training", [], tf.bool) if is_training else False
    more = {"training_feeds": {flag: True}, "arguments": FLAG_IS_FALSE} if is_training else {}
    return image(is_training, _renorm(flag), **more)


@script()
def norm_virtual_batches(is_training):
    return image(is_training, _norm(is_training, virtual_batch_size=2))


@script()
def norm_zero_debias(is_training):
    return image(is_training, lambda t: slim.batch_norm(t, 0.9, scale=True, is_training=is_training, zero_debias_moving_mean=True))


@script()
def norm_zero_debias_unfused(is_training):
    def middle(t):
        return slim.batch_norm(t, 0.9, is_training=is_training, zero_debias_moving_mean=True, fused=False)
    return around(is_training, middle)


@script()
def norm_slim_unfused(is_training):
    return image(is_training, lambda t: slim.batch_norm(t, 0.9, scale=True, is_training=is_training, fused=False))


@script()
def norm_slim_dense(is_training):
    """Fused on [-1, 1, 1, C]."""
    return around(is_training, lambda t: slim.batch_norm(t, 0.9, scale=True, is_training=is_training))


@script()
def norm_updates_in_place(is_training):
    """The moving averages are updated by the forward pass itself, under control edges."""
    return image(is_training, lambda t: slim.batch_norm(t, 0.9, scale=True, is_training=is_training, updates_collections=None))


@script(WITH_UPDATES)
def norm_updates_in_place_flag(is_training):
    flag = placeholder("is_training", [], tf.bool) if is_training else False
    more = {"training_feeds": {flag: True}, "arguments": FLAG_IS_FALSE} if is_training else {}
    return image(is_training, lambda t: slim.batch_norm(t, 0.9, is_training=flag, updates_collections=None), **more)


@script()
def norm_weighted_by_rows(is_training):
    """batch_weights: the moments are weighted ones."""
    def middle(t):
        weights = tf.constant([1.0, 2.0, 1.0, 0.5])
        t = v1.ensure_shape(t, [ROWS, 8])
        return slim.batch_norm(t, 0.9, is_training=is_training, batch_weights=weights if is_training else None, fused=False)
    return around(is_training, middle)


@script()
def norm_by_hand(is_training):
    """A tutorial's: moments, moving averages by plain assignments under the output's control edges."""
    def middle(t):
        gamma, beta, mean, variance = _norm_variables(mean="pop_mean", variance="pop_variance")
        if not is_training:
            return tf.nn.batch_normalization(t, mean, variance, beta, gamma, 1e-3)
        batch_mean, batch_variance = tf.nn.moments(t, [0, 1, 2])
        with tf.control_dependencies([v1.assign(mean, mean * 0.8 + batch_mean * 0.2),
                                      v1.assign(variance, variance * 0.8 + batch_variance * 0.2)]):
            return tf.nn.batch_normalization(t, batch_mean, batch_variance, beta, gamma, 1e-3)
    return image(is_training, middle)


@script()
def norm_keras(is_training):
    layer = tf_keras.layers.BatchNormalization(momentum=0.9)

    def middle(t):
        t = layer(t, training=is_training)
        _keras_updates(layer)
        return t
    return image(is_training, middle)


def _keras_updates(layer):
    """Keras keeps its update ops to itself."""
    for update in layer.updates:
        v1.add_to_collection(v1.GraphKeys.UPDATE_OPS, update)


@script()
def norm_averages_in_the_op(is_training):
    """exponential_avg_factor: outputs 1 and 2 are the new moving averages."""
    def middle(t):
        gamma, beta, mean, variance = _norm_variables()
        y, new_mean, new_variance = v1.nn.fused_batch_norm(
            t, gamma, beta, mean, variance, 1e-3, "NHWC", is_training, exponential_avg_factor=0.2 if is_training else 1.0)
        if is_training:
            for old, new in ((mean, new_mean), (variance, new_variance)):
                v1.add_to_collection(v1.GraphKeys.UPDATE_OPS, v1.assign(old, new))
        return y
    return image(is_training, middle)


@script(CONTROL_FLOW)
def norm_ema_object(is_training):
    """A class of its own for the averages: ema.apply on the moments, ema.average in the other branch."""
    flag = placeholder("is_training", [], tf.bool) if is_training else None

    def middle(t):
        with v1.variable_scope("bn"):
            gamma = v1.get_variable("gamma", [4], initializer=v1.ones_initializer())
            beta = v1.get_variable("beta", [4], initializer=v1.zeros_initializer())
            batch_mean, batch_variance = tf.nn.moments(t, [0, 1, 2], name="moments")
            ema = tf.train.ExponentialMovingAverage(0.8)
            apply = ema.apply([batch_mean, batch_variance])
            averages = lambda: (ema.average(batch_mean), ema.average(batch_variance))

            def update():
                with tf.control_dependencies([apply]):
                    return tf.identity(batch_mean), tf.identity(batch_variance)

            mean, variance = v1.cond(flag, update, averages) if is_training else averages()
            return tf.nn.batch_normalization(t, mean, variance, beta, gamma, 1e-3)

    more = {"training_feeds": {flag: True}, "arguments": FLAG_IS_FALSE} if is_training else {}
    return image(is_training, middle, **more)


def _keep_only(*names):
    """Leaves of the `.meta` what an output needs: no Saver, no update op, and so no moving average."""
    def edit(meta):
        graph_def = v1.graph_util.extract_sub_graph(meta.graph_def, list(names))
        meta.graph_def.CopyFrom(graph_def)
        meta.ClearField("saver_def")
        meta.ClearField("collection_def")
    return edit


@script()
def norm_averages_only_in_the_checkpoint(is_training):
    """Nothing in the graph says where the moving averages are; gamma's siblings in the checkpoint do."""
    return image(is_training, lambda t: slim.batch_norm(t, 0.9, scale=True, is_training=is_training), edit=_keep_only("output"))


@script(same_in_training=(1, 2, 3), batch_statistics=True)
def layer_and_instance_norm(is_training):
    """They look like batch norm and are not: the same at inference. Dropout beside them goes."""
    x, labels, start = batch(is_training, [6, 6, 3])
    y = v1.layers.conv2d(x, 4, 3, padding="SAME", name="conv")
    layer = tf_keras.layers.LayerNormalization()(y)
    instance = slim.instance_norm(layer, scope="instance")
    group = slim.group_norm(instance, groups=2, scope="group")
    hidden = tf.reduce_mean(nets.Layers(is_training).dropout(tf.nn.relu(group), 0.4), [1, 2])
    others = [tf.identity(layer, "layer_norm_out"), tf.identity(instance, "instance_norm_out"), tf.identity(group, "group_norm_out")]
    return classifier(dense(hidden, 5, "after"), labels, x, start, more_outputs=others)


# ---- flags ---------------------------------------------------------------------------------------------------------------

@script(CONTROL_FLOW)
def flag_cond(is_training):
    """A cond written by hand, and one nested in it."""
    flag = placeholder("is_training", [], tf.bool) if is_training else None

    def train(t):
        strong = v1.cond(tf.reduce_mean(t) > 0.0, lambda: v1.nn.dropout(t, rate=0.5), lambda: v1.nn.dropout(t, rate=0.2))
        return strong + v1.random_normal(tf.shape(t), stddev=0.1)

    middle = lambda t: v1.cond(flag, lambda: train(t), lambda: tf.identity(t)) if is_training else t
    more = {"training_feeds": {flag: True}, "arguments": FLAG_IS_FALSE} if is_training else {}
    return around(is_training, middle, **more)


@script(WITH_UPDATES)
def flag_with_default(is_training):
    flag = v1.placeholder_with_default(True, [], "is_training") if is_training else False
    more = {"arguments": FLAG_IS_FALSE} if is_training else {}
    return around(is_training, lambda t: nets.Layers(flag).dropout(_norm(flag)(t)), **more)


@script(WITH_UPDATES)
def flag_negated(is_training):
    """The flag says the opposite, and the graph turns it round."""
    frozen = placeholder("inference", [], tf.bool) if is_training else None
    flag = tf.logical_not(frozen) if is_training else False
    more = {"training_feeds": {frozen: False}, "arguments": ["--set", "inference=true"]} if is_training else {}
    return around(is_training, lambda t: nets.Layers(flag).dropout(_norm(flag)(t)), **more)


@script(WITH_UPDATES)
def flag_by_mode(is_training):
    """A number that stands for train, evaluate and predict."""
    mode = placeholder("mode", [], tf.int32) if is_training else None
    flag = tf.equal(mode, 0) if is_training else False
    more = {"training_feeds": {mode: 0}, "arguments": ["--set", "mode=2"]} if is_training else {}
    return around(is_training, lambda t: nets.Layers(flag).dropout(_norm(flag)(t)), **more)


@script(CONTROL_FLOW)
def flag_in_the_checkpoint(is_training):
    """tflearn's: the flag is a variable, True in the checkpoint; what is bound wins."""
    flag = v1.get_variable("is_training", [], tf.bool, v1.constant_initializer(True, tf.bool), trainable=False) if is_training else None
    more = {"arguments": FLAG_IS_FALSE} if is_training else {}
    middle = lambda t: v1.cond(flag, lambda: v1.nn.dropout(t, rate=0.5), lambda: t) if is_training else t
    return around(is_training, middle, **more)


@script(CONTROL_FLOW)
def flag_picks_the_rate(is_training):
    flag = placeholder("is_training", [], tf.bool) if is_training else None
    rate = v1.cond(flag, lambda: tf.constant(0.5), lambda: tf.constant(0.0)) if is_training else None
    more = {"training_feeds": {flag: True}, "arguments": FLAG_IS_FALSE} if is_training else {}
    return around(is_training, lambda t: v1.nn.dropout(t, rate=rate) if is_training else t, **more)


# ---- Keras ---------------------------------------------------------------------------------------------------------------

def _keras_convolutions(x, training):
    layers = tf_keras.layers
    for layer in (layers.Conv2D(4, 3), layers.BatchNormalization(momentum=0.8), layers.ReLU(), layers.SpatialDropout2D(0.2),
                  layers.Flatten(), layers.Dropout(0.4), layers.Dense(5)):
        x = layer(x, training=training) if "training" in layer._call_spec.arg_names else layer(x)
    return x


def _keras_model(is_training, logits, shape=(6, 6, 3), training=None, **net) -> Net:
    x, labels, start = batch(is_training, list(shape))
    image = tf_keras.Input(shape, tensor=x)
    model = tf_keras.Model(image, logits(image, is_training if training is None else training))
    if is_training:
        _keras_updates(model)
    return classifier(model.output, labels, x, start, **net)


@script(CONTROL_FLOW)
def keras_learning_phase(is_training):
    """The graph asks keras_learning_phase, which is there for all layers."""
    if not is_training:
        return _keras_model(is_training, _keras_convolutions)
    phase = tf_keras.backend.learning_phase()
    return _keras_model(is_training, _keras_convolutions, training=phase, training_feeds={phase: True},
                        arguments=["--set", phase.op.name + "=false"])


@script()
def keras_training(is_training):
    return _keras_model(is_training, _keras_convolutions)


@script()
def keras_two_branches(is_training):
    def logits(image, training):
        layers = tf_keras.layers
        a = layers.SeparableConv2D(4, 3, padding="same", use_bias=False)(image)
        b = layers.DepthwiseConv2D(3, padding="same", depth_multiplier=2)(image)
        parts = [layers.BatchNormalization(momentum=0.8)(a, training=training),
                 layers.BatchNormalization(momentum=0.8, scale=False)(b, training=training)]
        y = layers.GlobalAveragePooling2D()(layers.Concatenate()(parts))
        return layers.Dense(5)(layers.Dropout(0.3)(y, training=training))
    return _keras_model(is_training, logits, (8, 8, 3))


@script((REF_V2, RESOURCE_V2))
def keras_gru_dropout(is_training):
    """Masks are dropouts of ones, made outside the loop and used in it. (Its v1 loop has no gradients.)"""
    x, labels, start = batch(is_training, [5, 3])
    layer = tf_keras.layers.GRU(6, dropout=0.3, recurrent_dropout=0.2, reset_after=False)
    return classifier(dense(layer(x, training=is_training), 5), labels, x, start)


# ---- moving averages of weights ------------------------------------------------------------------------------------------

@script()
def weight_averages(is_training):
    """Evaluation reads the averages only."""
    x, labels, start = batch(is_training, [6, 6, 3])
    y = _norm(is_training)(v1.layers.conv2d(x, 4, 3, name="conv"))
    net = classifier(dense(nets.Layers(is_training).dropout(v1.layers.flatten(y)), 5, "dense"), labels, x, start)
    ema = tf.train.ExponentialMovingAverage(0.5)
    if is_training:
        with tf.control_dependencies([net.train]):
            net.train = ema.apply(v1.trainable_variables())
        net.arguments = ["--use_ema"]
    else:
        net.saver = lambda: v1.train.Saver(ema.variables_to_restore())
    return net


# ---- inputs --------------------------------------------------------------------------------------------------------------

def _mlp(is_training, x, labels, start=(), **net) -> Net:
    hidden = nets.Layers(is_training).dropout(_norm(is_training)(dense(x, 8, "before", tf.nn.relu)), 0.4)
    return classifier(dense(hidden, 5, "after"), labels, x, start, **net)


def _examples():
    return numbers("train/examples", [2 * ROWS, 6]), np.arange(2 * ROWS, dtype=np.int64) % 5


@script()
def queue_of_batches(is_training):
    """slice_input_producer, a queue of examples, QueueDequeueMany."""
    if not is_training:
        return _mlp(is_training, placeholder("images", [None, 6]), None)
    image, label = v1.train.slice_input_producer(list(_examples()), seed=3)
    x, labels = v1.train.batch([image + v1.random_normal([6], stddev=0.01), label], ROWS, num_threads=1, capacity=16)
    return _mlp(is_training, x, labels)


@script()
def queue_shuffled(is_training):
    """RandomShuffleQueue and QueueDequeueUpTo."""
    if not is_training:
        return _mlp(is_training, placeholder("images", [None, 6]), None)
    image, label = v1.train.slice_input_producer(list(_examples()), seed=3)
    x, labels = v1.train.shuffle_batch([image, label], ROWS, 16, 4, seed=5, allow_smaller_final_batch=True)
    return _mlp(is_training, x, labels)


@script()
def queue_of_whole_batches(is_training):
    """slim's prefetch_queue: a queue behind the queue, and single elements of it."""
    if not is_training:
        return _mlp(is_training, placeholder("images", [None, 6]), None)
    image, label = v1.train.slice_input_producer(list(_examples()), seed=3)
    x, labels = v1.train.batch([image, label], ROWS)
    x, labels = slim.prefetch_queue.prefetch_queue([x, labels], capacity=2).dequeue()
    return _mlp(is_training, x, labels)


@script()
def iterator_one_shot(is_training):
    """Its pipeline is a function that nothing but the iterator refers to."""
    if not is_training:
        return _mlp(is_training, placeholder("images", [None, 6]), None)
    data = tf.data.Dataset.from_tensor_slices(_examples()).map(lambda x, y: (x + v1.random_normal([6], stddev=0.01), y))
    x, labels = v1.data.make_one_shot_iterator(data.repeat().batch(ROWS)).get_next()
    return _mlp(is_training, x, labels)


@script()
def iterator_by_handle(is_training):
    """Feedable: the iterator's handle is a string that is fed."""
    if not is_training:
        return _mlp(is_training, placeholder("images", [None, 6]), None)
    data = tf.data.Dataset.from_tensor_slices(_examples()).repeat().batch(ROWS)
    iterator = v1.data.make_one_shot_iterator(data)
    handle = v1.placeholder_with_default(iterator.string_handle(), [], "handle")
    either = v1.data.Iterator.from_string_handle(handle, v1.data.get_output_types(data), v1.data.get_output_shapes(data))
    x, labels = either.get_next()
    return _mlp(is_training, x, labels)


@script((RESOURCE,))
def iterator_optional(is_training):
    if not is_training:
        return _mlp(is_training, placeholder("images", [None, 6]), None)
    iterator = v1.data.make_initializable_iterator(tf.data.Dataset.from_tensor_slices(_examples()).repeat().batch(ROWS))
    x, labels = tf.data.experimental.get_next_as_optional(iterator).get_value()
    return _mlp(is_training, x, labels, (iterator.initializer,))


@script(WITH_UPDATES)
def iterator_in_cond(is_training):
    """Training and validation data by a flag: what is left is validation's."""
    if not is_training:
        return _mlp(is_training, placeholder("images", [None, 6]), None)
    flag = placeholder("is_training", [], tf.bool)
    iterators = [v1.data.make_initializable_iterator(tf.data.Dataset.from_tensor_slices(_examples()).repeat().batch(ROWS))
                 for _ in range(2)]
    with v1.name_scope("input"):
        x, labels = v1.cond(flag, iterators[0].get_next, iterators[1].get_next)
    left = "input/cond/IteratorGetNext_1:0" if x.op.type == "Merge" else "input/cond/IteratorGetNext:0"
    return _mlp(flag, x, labels, [i.initializer for i in iterators], training_feeds={flag: True}, renamed_inputs={x: left},
                arguments=FLAG_IS_FALSE)


def _two_inputs(is_training):
    """(images, extra numbers, labels, start)"""
    if not is_training:
        return placeholder("images", [None, 6]), placeholder("extra", [None, 3]), None, ()
    images, labels = _examples()
    data = tf.data.Dataset.from_tensor_slices((images, numbers("train/extra", [2 * ROWS, 3]), labels))
    iterator = v1.data.make_initializable_iterator(data.repeat().batch(ROWS))
    return (*iterator.get_next(), (iterator.initializer,))


def _of_two_inputs(is_training, **more) -> Net:
    x, extra, labels, start = _two_inputs(is_training)
    net = _mlp(is_training, tf.concat([x, extra], 1), labels, start)
    net.feeds = {x: question("images", [6]), extra: question("extra", [3])}
    return net


@script()
def iterator_with_two_inputs(is_training):
    """Two live outputs: two placeholders."""
    net = _of_two_inputs(is_training)
    if is_training:
        x, extra = net.feeds
        net.renamed_inputs = {extra: "IteratorGetNext_1:0"}
    return net


@script()
def iterator_with_two_named_inputs(is_training):
    net = _of_two_inputs(is_training)
    if is_training:
        x, extra = net.feeds
        net.arguments = ["--input", "IteratorGetNext:0=images:float32:?,6", "--input", "IteratorGetNext:1=extra:float32:?,3"]
        net.renamed_inputs = {x: "images:0", extra: "extra:0"}
    return net


def _serialized(images, labels):
    def example(image, label):
        return tf.train.Example(features=tf.train.Features(feature={
            "image": tf.train.Feature(float_list=tf.train.FloatList(value=image)),
            "label": tf.train.Feature(int64_list=tf.train.Int64List(value=[label])),
            "tags": tf.train.Feature(int64_list=tf.train.Int64List(value=[label, 7]))})).SerializeToString()
    return np.array([example(*row) for row in zip(images, labels)], object)


def _parsed(serialized):
    return v1.io.parse_example(serialized, {"image": tf.io.FixedLenFeature([6], tf.float32),
                                            "label": tf.io.FixedLenFeature([], tf.int64),
                                            "tags": tf.io.VarLenFeature(tf.int64)}, name="ParseExample")


def _records():
    iterator = v1.data.make_initializable_iterator(tf.data.Dataset.from_tensor_slices(_serialized(*_examples())).repeat().batch(ROWS))
    return iterator.get_next(), (iterator.initializer,)


def _of_parsed(is_training, name, cut=False):
    if not is_training:
        return _mlp(is_training, placeholder("images", [None, 6]), None)
    serialized, start = _records()
    parsed = _parsed(serialized)
    x = parsed["image"]
    return _mlp(is_training, x, parsed["label"], start, renamed_inputs={x: name},
                arguments=["--input", f"{x.name}=images:float32:?,6"] if cut else ())


@script()
def parsed_examples(is_training):
    """The cut is behind the parser; the feature's key names the input."""
    return _of_parsed(is_training, "image:0")


@script()
def parsed_examples_named(is_training):
    return _of_parsed(is_training, "images:0", cut=True)


@script()
def serialized_examples(is_training):
    """The cut is asked for before the parser, which stays."""
    serialized, start = _records() if is_training else (placeholder("serialized", [None], tf.string), ())
    parsed = _parsed(serialized)
    net = _mlp(is_training, parsed["image"], parsed["label"] if is_training else None, start)
    net.feeds = {serialized: _serialized(question("images", [6]), [0] * ROWS)}
    net.arguments = ["--input", "IteratorGetNext:0=serialized:string:?"]
    net.renamed_inputs = {serialized: "serialized:0"}
    return net


# ---- wiring --------------------------------------------------------------------------------------------------------------

@script()
def updates_before_the_output(is_training):
    """The update ops are control inputs of the output itself."""
    x, labels, start = batch(is_training, [6, 6, 3])
    y = _norm(is_training)(v1.layers.conv2d(x, 4, 3, name="conv"))
    logits = dense(v1.layers.flatten(y), 5, "dense")
    with tf.control_dependencies(v1.get_collection(v1.GraphKeys.UPDATE_OPS)):
        return classifier(logits, labels, x, start)


@script()
def two_towers(is_training):
    """Two copies of the network over one set of variables, each with updates of its own."""
    x, labels, start = batch(is_training, [6, 6, 3])
    parts = []
    for tower, part in enumerate(tf.split(x, 2)):
        with v1.variable_scope("net", reuse=tower > 0), v1.name_scope(f"tower_{tower}"):
            y = slim.batch_norm(v1.layers.conv2d(part, 4, 3, name="conv"), 0.9, scale=True, is_training=is_training, scope="norm")
            y = v1.layers.flatten(nets.Layers(is_training).dropout(tf.nn.relu(y), 0.3))
            parts.append(dense(y, 5, "dense"))
    return classifier(tf.concat(parts, 0), labels, x, start)


@script()
def one_of_two_towers(is_training):
    """Each tower has an iterator output of its own; the question goes to the second."""
    x, labels, start = batch(is_training, [6, 6, 3])
    def tower(part, reuse):
        with v1.variable_scope("net", reuse=reuse):
            y = _norm(is_training, name="norm")(v1.layers.conv2d(part, 4, 3, name="conv"))
            return dense(v1.layers.flatten(nets.Layers(is_training).dropout(y, 0.3)), 5, "dense")
    if not is_training:
        return classifier(tower(x, False), labels, x, start)
    first = tower(x * 2.0, False)
    v1.losses.sparse_softmax_cross_entropy(labels, first)
    return classifier(tower(x, True), labels, x, start)


@script()
def debugged(is_training):
    """Checks, prints, assertions and stopped gradients in the path of the output."""
    def middle(t):
        if is_training:
            t = tf.debugging.check_numerics(t, "not a number")
            with tf.control_dependencies([tf.debugging.assert_less(t, 1e9), tf.print("mean:", tf.reduce_mean(t), output_stream="file:///dev/null")]):
                t = tf.identity(t)
            t = v1.Print(t, [tf.shape(t)], first_n=0)
            t = tf.stop_gradient(nets.Layers(True).dropout(t, 0.4))
            t = tf.grad_pass_through(tf.identity)(t)
        return t
    return around(is_training, middle)


@script()
def annealed(is_training):
    """The step is part of the answer: what is frozen is the checkpoint's."""
    step = v1.train.get_or_create_global_step()
    def middle(t):
        return nets.Layers(is_training).dropout(t) * v1.train.exponential_decay(1.0, step, 2, 0.5)
    return around(is_training, middle)


@script()
def embeddings_in_parts(is_training):
    """Partitioned tables, and dropout of what is looked up."""
    ids = placeholder("ids", [None, 3], tf.int64)
    with v1.variable_scope("emb", partitioner=v1.fixed_size_partitioner(3)):
        table = v1.get_variable("table", [10, 4], initializer=v1.random_normal_initializer(seed=1))
    looked_up = nets.Layers(is_training).dropout(v1.layers.flatten(tf.nn.embedding_lookup(table, ids)), 0.4)
    logits = _norm(is_training)(dense(tf.reshape(looked_up, [-1, 12]), 5))
    output = tf.nn.softmax(logits, name="output")
    fed = np.array([[0, 9, 3], [5, 5, 1], [2, 8, 7], [4, 6, 0]])
    train = minimize(-tf.reduce_mean(tf.math.log(output[:, 0])), v1.train.AdamOptimizer) if is_training else None
    return Net([output], {ids: fed}, train, training_feeds={ids: fed} if is_training else {})


@script(CONTROL_FLOW)
def estimator(is_training):
    """What an Estimator leaves: MonitoredTrainingSession's checkpoint and `.meta`, a scaffold's saver, a global step in the name."""
    v1.train.get_or_create_global_step()
    x, labels, start = batch(is_training, [6, 6, 3])
    y = nets.Layers(is_training).dropout(tf.nn.relu(_norm(is_training)(v1.layers.conv2d(x, 4, 3))), 0.3)
    net = classifier(dense(v1.layers.flatten(y), 5, "dense"), labels, x, start, optimizer=v1.train.AdamOptimizer)
    if not is_training:
        return net

    def train(folder):
        v1.add_to_collection(v1.GraphKeys.TABLE_INITIALIZERS, start[0])  # As Estimator does for input functions.
        saver = v1.train.Saver(sharded=True, max_to_keep=2, save_relative_paths=True)
        scaffold = v1.train.Scaffold(saver=saver)
        with v1.train.MonitoredTrainingSession(checkpoint_dir=folder, scaffold=scaffold, save_checkpoint_steps=2,
                                               save_summaries_steps=None, save_summaries_secs=None, log_step_count_steps=None,
                                               hooks=[v1.train.StopAtStepHook(4)]) as session:
            while not session.should_stop():
                session.run(net.train)
        return tf.train.latest_checkpoint(folder)

    net.trains_itself = train
    return net


# ---- recurrent networks and loops ----------------------------------------------------------------------------------------

def _bidirectional(is_training, wrap) -> Net:
    x, labels, start = batch(is_training, [5, 3])
    cells = [wrap(v1.nn.rnn_cell.LSTMCell(6, name=name)) for name in ("forward", "backward")]
    outputs, _ = v1.nn.bidirectional_dynamic_rnn(*cells, x, dtype=tf.float32)
    last = tf.concat(outputs, -1)[:, -1]
    return classifier(dense(nets.Layers(is_training).dropout(last), 5, "dense"), labels, x, start)


@script(CONTROL_FLOW)
def bilstm_dropout(is_training):
    def wrap(cell):
        return v1.nn.rnn_cell.DropoutWrapper(cell, 0.8, 0.7, 0.9) if is_training else cell
    return _bidirectional(is_training, wrap)


@script(CONTROL_FLOW)
def bilstm_variational(is_training):
    """One mask for all steps, drawn outside the loop."""
    def wrap(cell):
        if not is_training:
            return cell
        return v1.nn.rnn_cell.DropoutWrapper(cell, 0.8, 0.7, 0.9, variational_recurrent=True, input_size=3, dtype=tf.float32)
    return _bidirectional(is_training, wrap)


@script(CONTROL_FLOW)
def lstm_fed_keep_prob(is_training):
    keep = placeholder("keep_prob", []) if is_training else None
    x, labels, start = batch(is_training, [5, 3])
    cells = [v1.nn.rnn_cell.LSTMCell(6, name=f"layer{i}") for i in range(2)]
    if is_training:
        cells = [v1.nn.rnn_cell.DropoutWrapper(cell, output_keep_prob=keep) for cell in cells]
    outputs, _ = v1.nn.dynamic_rnn(v1.nn.rnn_cell.MultiRNNCell(cells), x, dtype=tf.float32)
    return classifier(dense(outputs[:, -1], 5, "dense"), labels, x, start, training_feeds={keep: 0.6} if is_training else {})


def _variable(name, shape):
    return v1.get_variable(name, shape, initializer=v1.random_normal_initializer(stddev=0.4))


@script(CONTROL_FLOW)
def seq2seq(is_training):
    """Encoder and greedy decoder in while loops, attention, dropout in both; the training has gradients through all of it."""
    words, width, steps = 11, 6, 4
    if is_training:
        sentences = np.arange(2 * ROWS * 5).reshape([2 * ROWS, 5]).astype(np.int32) % words
        iterator = v1.data.make_initializable_iterator(tf.data.Dataset.from_tensor_slices((sentences, sentences[:, :steps])).repeat().batch(ROWS))
        source, target = iterator.get_next()
    else:
        source = placeholder("source", [None, 5], tf.int32)
    drop = lambda t: v1.nn.dropout(t, rate=0.3) if is_training else t
    table = _variable("embedding", [words, width])
    memory, state = v1.nn.dynamic_rnn(v1.nn.rnn_cell.GRUCell(width, name="encoder"), drop(tf.nn.embedding_lookup(table, source)), dtype=tf.float32)
    update, candidate, out = _variable("update", [3 * width, width]), _variable("candidate", [3 * width, width]), _variable("out", [width, words])

    def step(i, word, state, scores):
        attention = tf.nn.softmax(tf.reduce_sum(memory * state[:, None], -1))
        context = tf.reduce_sum(memory * attention[..., None], 1)
        inputs = tf.concat([drop(tf.nn.embedding_lookup(table, word)), context, state], 1)
        gate = tf.sigmoid(inputs @ update)
        state = gate * state + (1 - gate) * drop(tf.tanh(inputs @ candidate))
        score = state @ out
        return i + 1, tf.argmax(score, 1, tf.int32), state, scores.write(i, score)

    scores = tf.TensorArray(tf.float32, steps, element_shape=[None, words])
    first = tf.zeros_like(source[:, 0])
    scores = tf.while_loop(lambda i, *_: i < steps, step, [0, first, state, scores], parallel_iterations=1)[3].stack()
    output = tf.nn.softmax(tf.transpose(scores, [1, 0, 2]), name="output")
    fed = np.array([[1, 2, 3, 4, 5], [9, 9, 0, 1, 2], [10, 3, 5, 7, 1], [0, 0, 0, 0, 0]], np.int32)
    if not is_training:
        return Net([output], {source: fed})
    loss = -tf.reduce_mean(tf.gather(tf.math.log(output), target, batch_dims=2, axis=2))
    return Net([output], {source: fed}, minimize(loss), start=[iterator.initializer])


@script(CONTROL_FLOW)
def flag_in_loop(is_training):
    """A cond on the flag inside a while loop, and the loop has gradients."""
    flag = placeholder("is_training", [], tf.bool) if is_training else None
    w = _variable("w", [8, 8])

    def body(i, t):
        t = tf.tanh(t @ w)
        if is_training:
            t = v1.cond(flag, lambda: v1.nn.dropout(t, rate=0.3), lambda: t)
        return i + 1, t

    middle = lambda t: tf.while_loop(lambda i, t: i < 3, body, [0, t])[1]
    more = {"training_feeds": {flag: True}, "arguments": FLAG_IS_FALSE} if is_training else {}
    return around(is_training, middle, **more)


@script(batch_statistics=True)
def transformer(is_training):
    """Dropout on attention, on residuals; layer norm stays."""
    x, labels, start = batch(is_training, [5, 8])
    drop = lambda t: v1.nn.dropout(t, rate=0.2) if is_training else t
    norm = lambda name: tf_keras.layers.LayerNormalization(name=name)
    q, k, v = (dense(x, 8, name) for name in "qkv")
    weights = drop(tf.nn.softmax(tf.matmul(q, k, transpose_b=True) / np.float32(8**0.5)))
    y = norm("norm1")(x + drop(dense(tf.matmul(weights, v), 8, "project")))
    y = norm("norm2")(y + drop(dense(dense(y, 16, "up", tf.nn.gelu), 8, "down")))
    return classifier(dense(y[:, 0], 5, "head"), labels, x, start)
