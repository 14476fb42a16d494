"""How sessions run graphs; for processes in graph mode and in eager mode alike."""

import tensorflow as tf

v1 = tf.compat.v1


def session_config(optimize: bool):
    """One thread, seven devices; with the optimizer off nothing comes between the graph and its kernels."""
    config = v1.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1,
                            device_count={"CPU": 7}, allow_soft_placement=True)
    if not optimize:
        config.graph_options.rewrite_options.disable_meta_optimizer = True
        options = config.graph_options.optimizer_options
        options.opt_level = v1.OptimizerOptions.L0
        options.do_constant_folding = False
        options.do_function_inlining = False
        options.do_common_subexpression_elimination = False
    return config
