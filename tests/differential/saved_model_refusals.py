"""What other engines do not take of the SavedModels, in their own words: {engine: {reason: models}}, each reason a regular
expression. A model is named with its signature (model/signature) where only that one is refused.

test_saved_model_consumers.py sees that the engine still says so, and that it does not take TensorFlow's frozen graph either.
"""

_TABLES = """table_key_value table_vocabulary_file table_mutable table_dense table_mutable_and_static table_in_branches_and_loops
tf1_mutable_table tf1_table_with_asset keras_string_lookup keras_text_vectorization legacy_text_vectorization
keras_integer_lookup_and_hashing ragged_strings estimator_embedding_with_vocabulary estimator_wide_and_deep module_of_2_15"""

_BY_REASON = {
    "openvino": {
        # Tables are known to it in training graphs only.
        r"HashTable|LookupTable|StringToHashBucketFast|StringSplitV2": _TABLES,
        r"conversion rule found for operations: Case": "module_case module_handles_in_nested_loops control_flow_case",
        r"conversion rule found for operations: StatelessCase": "module_stateless_case",
        r"conversion rule found for operations: Merge": "tf1_layers_with_training_flag",
        r"Conversion is failed for: Cast": "module_many_types",
        r"Accessing out-of-range dimension": "control_flow_deep",
        r"Rank of If condition input must be equal to 0 or 1": "control_flow_predicates",
        r"Min value must be less than max value": "control_flow_effects",
        r"mismatch number of inputs to While": "control_flow_lists_and_tables",
        r"Switch node has more than one Exit nodes": "tf1_functions_in_control_flow tf1_functions_in_control_flow_taken",
        r"conversion rule found for operations: AsString": "estimator_dnn_classifier estimator_linear_classifier",
        r"Cannot get length of dynamic dimension": "tf1_sparse_signature",
    },
    "onnx": {
        r"No Op registered for (Mutable)?HashTableV2|is not an accepted attribute value": _TABLES,
        r"_SwitchN": "module_case module_stateless_case module_handles_in_nested_loops control_flow_case",
        r"No Op registered for ParseExampleV2": "estimator_dnn_classifier",
        r"No Op registered for Merge": "tf1_layers_with_training_flag",
        r"No Op registered for Erfc": "keras_attention keras_dense_functional",
        r"No Op registered for SparseTensorDenseMatMul": "sparse_signature tf1_sparse_signature",
        r"can't decode byte 0xff": "module_many_types",
        r"make_sure failure|Graph has cycles": """control_flow_deep tf1_functions_in_control_flow
            tf1_functions_in_control_flow_taken""",
        r"MLIR Graph Optimizer failed": "control_flow_predicates",
        r"other values": "control_flow_effects",  # of its own random numbers
        # Lists of tensors, which loops gather their results in, get no element type from tf2onnx.
        r"Invalid tensor data type 0": """module_map_fn module_scan_and_tensor_list keras_lstm keras_gru keras_lstm_dropout
            keras_bidirectional_masked keras_convolutional_lstm legacy_lstm legacy_gru_bidirectional keras2_lstm
            control_flow_lists_and_tables""",
    },
    "opencv": {
        r"key not found: end_mask": """module_map_fn module_scan_and_tensor_list keras_string_lookup keras_text_vectorization
            legacy_lstm keras2_lstm legacy_stateful_rnn_cells module_ragged_signature keras_time_distributed keras_integer_lookup_and_hashing
            control_flow_lists_and_tables""",
        r'"outputType" not found into dictionary': "keras_mixed_precision",
        r"in function 'size_t cv::dnn::.*::total": "module_counter",
        r"inputs\[0\]\[0\] == inputs\[i\]\[0\]": "module_multiple_signatures/add",
        r"ScaleLayerImpl::forward": "module_jit_compiled",
        r'of type "(Stateless)?Case"': "module_case module_stateless_case",
        r'of type "Maximum"': "keras_normalization_and_rescaling",
        r'of type "Neg"': "keras_dense_functional",
        r'of type "SparseTensorDenseMatMul"': "sparse_signature",
        r'of type "While"': """module_while module_nested_control_flow module_batched_gather_in_a_loops_function
            module_handles_in_nested_loops module_identity_n tf1_control_flow_v2 control_flow_deep""",
        r"forwardWithMultipleOutputs": "tf1_defun keras_dictionary_inputs legacy_several_inputs_and_outputs",
        r"removePhaseSwitches": """tf1_control_flow tf1_control_flow_reference tf1_functions_in_control_flow
            tf1_functions_in_control_flow_taken""",
        r"!field.empty\(\)": "keras_separable_and_transposed",
        r"data type is not supported in function 'getTensorContentRef_'": """module_gathers module_many_types table_key_value
            table_vocabulary_file ragged_strings legacy_text_vectorization tf1_sparse_signature tf1_table_with_asset table_mutable
            table_dense table_mutable_and_static table_in_branches_and_loops tf1_mutable_table""",
        r"data type is not supported in function 'blobFromTensor'": "keras_attention legacy_attention tf1_sparse_embedding",
        r"in function 'parseExpandDims'": """legacy_gru_bidirectional estimator_dnn_classifier
            estimator_linear_classifier estimator_embedding_with_vocabulary estimator_wide_and_deep""",
        r"Unsupported mode of reduce_mean or reduce_sum": """module_multiple_signatures/serving_default
            module_multiple_signatures/again module_if module_if_other_branch module_of_2_15""",
        r"in function 'parsePack'": "module_multiple_outputs_in_order",
        r"More than one input is Const op": "module_lists_and_dicts tf1_layers_with_training_flag",
        # Keras 3 computes the bias of a convolution from the weight (Reshape and Squeeze).
        r"Const input blob for weights not found": "keras_conv_bn_dropout keras_conv_bn_saved keras_trained_with_optimizer keras_residual",
        r"not found in function 'getConstBlob'": "keras_lstm keras_gru keras_lstm_dropout keras_bidirectional_masked keras_convolutional_lstm",
        r"in function 'parseMul'": "control_flow_case",
        r"Input layer not found": "keras_subclassed control_flow_predicates control_flow_effects",
    },
}

REFUSED = {engine: {name: reason for reason, names in reasons.items() for name in names.split()} for engine, reasons in _BY_REASON.items()}

# Outputs that the engine leaves out of a model that it takes: OpenVINO calls an output that is an input by the input's name,
# and drops one that is a constant.
DROPPED = {("openvino", "module_multiple_outputs_in_order"): {"alpha"}, ("openvino", "module_gathers"): {"shape"},
           ("openvino", "sparse_signature"): {"same"}}

# Where float16 is computed with more bits than TensorFlow does.
TOLERANCE = {("onnx", "keras_mixed_precision"): 2e-3}
