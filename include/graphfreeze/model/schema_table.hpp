// The messages of TensorFlow 2.21.0: 95 of them with 331 fields, and 7 enums. Made by
// cmake/make_schema_table.py, which explains the form; do not edit.
#pragma once

#include <string_view>

#include <graphfreeze/support/config.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN
namespace detail {

// Every literal ends with the end of a line.
inline constexpr std::string_view kSchemaTable[] = {
    R"(message google.protobuf.Any
type_url 1 string
value 2 bytes
message google.protobuf.BoolValue
value 1 bool
message tensorflow.AssetFileDef
tensor_info 1 tensorflow.TensorInfo
filename 2 bytes
message tensorflow.AttrValue
s 2 bytes value
i 3 int64 value
f 4 float value
b 5 bool value
type 6 tensorflow.DataType value
shape 7 tensorflow.TensorShapeProto value
tensor 8 tensorflow.TensorProto value
list 1 tensorflow.AttrValue.ListValue value
func 10 tensorflow.NameAttrList value
placeholder 9 bytes value
message tensorflow.AttrValue.ListValue
s 2 *bytes
i 3 *int64
f 4 *float
b 5 *bool
type 6 *tensorflow.DataType
shape 7 *tensorflow.TensorShapeProto
tensor 8 *tensorflow.TensorProto
func 9 *tensorflow.NameAttrList
message tensorflow.BoundedTensorSpecProto
name 1 bytes
shape 2 tensorflow.TensorShapeProto
dtype 3 tensorflow.DataType
minimum 4 tensorflow.TensorProto
maximum 5 tensorflow.TensorProto
message tensorflow.CapturedTensor
name 1 bytes
concrete_function 2 bytes
message tensorflow.CheckpointState
model_checkpoint_path 1 bytes
all_model_checkpoint_paths 2 *bytes
all_model_checkpoint_timestamps 3 *double
last_preserved_timestamp 4 double
message tensorflow.CollectionDef
node_list 1 tensorflow.CollectionDef.NodeList kind
bytes_list 2 tensorflow.CollectionDef.BytesList kind
int64_list 3 tensorflow.CollectionDef.Int64List kind
float_list 4 tensorflow.CollectionDef.FloatList kind
any_list 5 tensorflow.CollectionDef.AnyList kind
message tensorflow.CollectionDef.AnyList
value 1 *google.protobuf.Any
message tensorflow.CollectionDef.BytesList
value 1 *bytes
message tensorflow.CollectionDef.FloatList
value 1 *float
message tensorflow.CollectionDef.Int64List
value 1 *int64
message tensorflow.CollectionDef.NodeList
value 1 *bytes
message tensorflow.DictValue
fields 1 *tensorflow.DictValue.FieldsEntry
message tensorflow.DictValue.FieldsEntry
key 1 bytes
value 2 tensorflow.StructuredValue
message tensorflow.FullTypeDef
)",
    R"(type_id 1 tensorflow.FullTypeId
args 2 *tensorflow.FullTypeDef
s 3 bytes attr
i 4 int64 attr
message tensorflow.FunctionDef
signature 1 tensorflow.OpDef
attr 5 *tensorflow.FunctionDef.AttrEntry
arg_attr 7 *tensorflow.FunctionDef.ArgAttrEntry
resource_arg_unique_id 8 *tensorflow.FunctionDef.ResourceArgUniqueIdEntry
node_def 3 *tensorflow.NodeDef
ret 4 *tensorflow.FunctionDef.RetEntry
control_ret 6 *tensorflow.FunctionDef.ControlRetEntry
message tensorflow.FunctionDef.ArgAttrEntry
key 1 uint32
value 2 tensorflow.FunctionDef.ArgAttrs
message tensorflow.FunctionDef.ArgAttrs
attr 1 *tensorflow.FunctionDef.ArgAttrs.AttrEntry
message tensorflow.FunctionDef.ArgAttrs.AttrEntry
key 1 bytes
value 2 tensorflow.AttrValue
message tensorflow.FunctionDef.AttrEntry
key 1 bytes
value 2 tensorflow.AttrValue
message tensorflow.FunctionDef.ControlRetEntry
key 1 bytes
value 2 bytes
message tensorflow.FunctionDef.ResourceArgUniqueIdEntry
key 1 uint32
value 2 uint32
message tensorflow.FunctionDef.RetEntry
key 1 bytes
value 2 bytes
message tensorflow.FunctionDefLibrary
function 1 *tensorflow.FunctionDef
gradient 2 *tensorflow.GradientDef
registered_gradients 3 *tensorflow.RegisteredGradient
message tensorflow.FunctionSpec
fullargspec 1 tensorflow.StructuredValue
is_method 2 bool
input_signature 5 tensorflow.StructuredValue
jit_compile 6 tensorflow.FunctionSpec.JitCompile
message tensorflow.GradientDef
function_name 1 bytes
gradient_func 2 bytes
message tensorflow.GraphDebugInfo
files 1 *bytes
frames_by_id 4 *tensorflow.GraphDebugInfo.FramesByIdEntry
traces_by_id 6 *tensorflow.GraphDebugInfo.TracesByIdEntry
traces 2 *tensorflow.GraphDebugInfo.TracesEntry
name_to_trace_id 5 *tensorflow.GraphDebugInfo.NameToTraceIdEntry
message tensorflow.GraphDebugInfo.FileLineCol
file_index 1 int32
line 2 int32
col 3 int32
func 4 bytes
code 5 bytes
message tensorflow.GraphDebugInfo.FramesByIdEntry
key 1 fixed64
value 2 tensorflow.GraphDebugInfo.FileLineCol
message tensorflow.GraphDebugInfo.NameToTraceIdEntry
key 1 bytes
value 2 fixed64
message tensorflow.GraphDebugInfo.StackTrace
file_line_cols 1 *tensorflow.GraphDebugInfo.FileLineCol
)",
    R"(frame_id 2 *fixed64
message tensorflow.GraphDebugInfo.TracesByIdEntry
key 1 fixed64
value 2 tensorflow.GraphDebugInfo.StackTrace
message tensorflow.GraphDebugInfo.TracesEntry
key 1 bytes
value 2 tensorflow.GraphDebugInfo.StackTrace
message tensorflow.GraphDef
node 1 *tensorflow.NodeDef
versions 4 tensorflow.VersionDef
version 3 int32
library 2 tensorflow.FunctionDefLibrary
debug_info 5 tensorflow.GraphDebugInfo
message tensorflow.ListValue
values 1 *tensorflow.StructuredValue
message tensorflow.MetaGraphDef
meta_info_def 1 tensorflow.MetaGraphDef.MetaInfoDef
graph_def 2 tensorflow.GraphDef
saver_def 3 tensorflow.SaverDef
collection_def 4 *tensorflow.MetaGraphDef.CollectionDefEntry
signature_def 5 *tensorflow.MetaGraphDef.SignatureDefEntry
asset_file_def 6 *tensorflow.AssetFileDef
object_graph_def 7 tensorflow.SavedObjectGraph
message tensorflow.MetaGraphDef.CollectionDefEntry
key 1 bytes
value 2 tensorflow.CollectionDef
message tensorflow.MetaGraphDef.MetaInfoDef
meta_graph_version 1 bytes
stripped_op_list 2 tensorflow.OpList
any_info 3 google.protobuf.Any
tags 4 *bytes
tensorflow_version 5 bytes
tensorflow_git_version 6 bytes
stripped_default_attrs 7 bool
function_aliases 8 *tensorflow.MetaGraphDef.MetaInfoDef.FunctionAliasesEntry
message tensorflow.MetaGraphDef.MetaInfoDef.FunctionAliasesEntry
key 1 bytes
value 2 bytes
message tensorflow.MetaGraphDef.SignatureDefEntry
key 1 bytes
value 2 tensorflow.SignatureDef
message tensorflow.NameAttrList
name 1 bytes
attr 2 *tensorflow.NameAttrList.AttrEntry
message tensorflow.NameAttrList.AttrEntry
key 1 bytes
value 2 tensorflow.AttrValue
message tensorflow.NamedTupleValue
name 1 bytes
values 2 *tensorflow.PairValue
message tensorflow.NodeDef
name 1 bytes
op 2 bytes
input 3 *bytes
device 4 bytes
attr 5 *tensorflow.NodeDef.AttrEntry
experimental_debug_info 6 tensorflow.NodeDef.ExperimentalDebugInfo
experimental_type 7 tensorflow.FullTypeDef
message tensorflow.NodeDef.AttrEntry
key 1 bytes
value 2 tensorflow.AttrValue
message tensorflow.NodeDef.ExperimentalDebugInfo
original_node_names 1 *bytes
original_func_names 2 *bytes
)",
    R"(message tensorflow.NoneValue
message tensorflow.OpDef
name 1 bytes
input_arg 2 *tensorflow.OpDef.ArgDef
output_arg 3 *tensorflow.OpDef.ArgDef
control_output 20 *bytes
attr 4 *tensorflow.OpDef.AttrDef
deprecation 8 tensorflow.OpDeprecation
summary 5 bytes
description 6 bytes
is_commutative 18 bool
is_aggregate 16 bool
is_stateful 17 bool
allows_uninitialized_input 19 bool
is_distributed_communication 21 bool
message tensorflow.OpDef.ArgDef
name 1 bytes
description 2 bytes
type 3 tensorflow.DataType
type_attr 4 bytes
number_attr 5 bytes
type_list_attr 6 bytes
handle_data 7 *tensorflow.ResourceHandleProto.DtypeAndShape
is_ref 16 bool
experimental_full_type 17 tensorflow.FullTypeDef
message tensorflow.OpDef.AttrDef
name 1 bytes
type 2 bytes
default_value 3 tensorflow.AttrValue
description 4 bytes
has_minimum 5 bool
minimum 6 int64
allowed_values 7 tensorflow.AttrValue
message tensorflow.OpDeprecation
version 1 int32
explanation 2 bytes
message tensorflow.OpList
op 1 *tensorflow.OpDef
message tensorflow.PairValue
key 1 bytes
value 2 tensorflow.StructuredValue
message tensorflow.RegisteredGradient
gradient_func 1 bytes
registered_op_type 2 bytes
message tensorflow.RegisteredSaver
name 1 bytes
object_name 2 bytes
message tensorflow.ResourceHandleProto
device 1 bytes
container 2 bytes
name 3 bytes
hash_code 4 uint64
maybe_type_name 5 bytes
dtypes_and_shapes 6 *tensorflow.ResourceHandleProto.DtypeAndShape
message tensorflow.ResourceHandleProto.DtypeAndShape
dtype 1 tensorflow.DataType
shape 2 tensorflow.TensorShapeProto
message tensorflow.SaveableObject
save_function 2 int32
restore_function 3 int32
message tensorflow.SavedAsset
asset_file_def_index 1 int32
message tensorflow.SavedBareConcreteFunction
concrete_function_name 1 bytes
)",
    R"(argument_keywords 2 *bytes
allowed_positional_arguments 3 int64
function_spec 4 tensorflow.FunctionSpec
message tensorflow.SavedConcreteFunction
bound_inputs 2 *int32
canonicalized_input_signature 3 tensorflow.StructuredValue
output_signature 4 tensorflow.StructuredValue
message tensorflow.SavedConstant
operation 1 bytes
message tensorflow.SavedFunction
concrete_functions 1 *bytes
function_spec 2 tensorflow.FunctionSpec
message tensorflow.SavedModel
saved_model_schema_version 1 int64
meta_graphs 2 *tensorflow.MetaGraphDef
message tensorflow.SavedObject
children 1 *tensorflow.TrackableObjectGraph.TrackableObject.ObjectReference
dependencies 15 *tensorflow.TrackableObjectGraph.TrackableObject.ObjectReference
slot_variables 3 *tensorflow.TrackableObjectGraph.TrackableObject.SlotVariableReference
user_object 4 tensorflow.SavedUserObject kind
asset 5 tensorflow.SavedAsset kind
function 6 tensorflow.SavedFunction kind
variable 7 tensorflow.SavedVariable kind
bare_concrete_function 8 tensorflow.SavedBareConcreteFunction kind
constant 9 tensorflow.SavedConstant kind
resource 10 tensorflow.SavedResource kind
captured_tensor 12 tensorflow.CapturedTensor kind
saveable_objects 11 *tensorflow.SavedObject.SaveableObjectsEntry
registered_name 13 bytes
serialized_user_proto 14 google.protobuf.Any
registered_saver 16 bytes
message tensorflow.SavedObject.SaveableObjectsEntry
key 1 bytes
value 2 tensorflow.SaveableObject
message tensorflow.SavedObjectGraph
nodes 1 *tensorflow.SavedObject
concrete_functions 2 *tensorflow.SavedObjectGraph.ConcreteFunctionsEntry
message tensorflow.SavedObjectGraph.ConcreteFunctionsEntry
key 1 bytes
value 2 tensorflow.SavedConcreteFunction
message tensorflow.SavedResource
device 1 bytes
message tensorflow.SavedUserObject
identifier 1 bytes
version 2 tensorflow.VersionDef
metadata 3 bytes
message tensorflow.SavedVariable
dtype 1 tensorflow.DataType
shape 2 tensorflow.TensorShapeProto
trainable 3 bool
synchronization 4 tensorflow.VariableSynchronization
aggregation 5 tensorflow.VariableAggregation
name 6 bytes
device 7 bytes
experimental_distributed_variable_components 8 *tensorflow.SavedVariable
message tensorflow.SaverDef
filename_tensor_name 1 bytes
save_tensor_name 2 bytes
restore_op_name 3 bytes
max_to_keep 4 int32
sharded 5 bool
keep_checkpoint_every_n_hours 6 float
version 7 tensorflow.SaverDef.CheckpointFormatVersion
message tensorflow.SignatureDef
)",
    R"(inputs 1 *tensorflow.SignatureDef.InputsEntry
outputs 2 *tensorflow.SignatureDef.OutputsEntry
method_name 3 bytes
defaults 4 *tensorflow.SignatureDef.DefaultsEntry
message tensorflow.SignatureDef.DefaultsEntry
key 1 bytes
value 2 tensorflow.TensorProto
message tensorflow.SignatureDef.InputsEntry
key 1 bytes
value 2 tensorflow.TensorInfo
message tensorflow.SignatureDef.OutputsEntry
key 1 bytes
value 2 tensorflow.TensorInfo
message tensorflow.StructuredValue
none_value 1 tensorflow.NoneValue kind
float64_value 11 double kind
int64_value 12 sint64 kind
string_value 13 bytes kind
bool_value 14 bool kind
tensor_shape_value 31 tensorflow.TensorShapeProto kind
tensor_dtype_value 32 tensorflow.DataType kind
tensor_spec_value 33 tensorflow.TensorSpecProto kind
type_spec_value 34 tensorflow.TypeSpecProto kind
bounded_tensor_spec_value 35 tensorflow.BoundedTensorSpecProto kind
list_value 51 tensorflow.ListValue kind
tuple_value 52 tensorflow.TupleValue kind
dict_value 53 tensorflow.DictValue kind
named_tuple_value 54 tensorflow.NamedTupleValue kind
tensor_value 55 tensorflow.TensorProto kind
numpy_value 56 tensorflow.TensorProto kind
message tensorflow.TensorInfo
name 1 bytes encoding
coo_sparse 4 tensorflow.TensorInfo.CooSparse encoding
composite_tensor 5 tensorflow.TensorInfo.CompositeTensor encoding
dtype 2 tensorflow.DataType
tensor_shape 3 tensorflow.TensorShapeProto
message tensorflow.TensorInfo.CompositeTensor
type_spec 1 tensorflow.TypeSpecProto
components 2 *tensorflow.TensorInfo
message tensorflow.TensorInfo.CooSparse
values_tensor_name 1 bytes
indices_tensor_name 2 bytes
dense_shape_tensor_name 3 bytes
message tensorflow.TensorProto
dtype 1 tensorflow.DataType
tensor_shape 2 tensorflow.TensorShapeProto
version_number 3 int32
tensor_content 4 bytes
half_val 13 *int32
float_val 5 *float
double_val 6 *double
int_val 7 *int32
string_val 8 *bytes
scomplex_val 9 *float
int64_val 10 *int64
bool_val 11 *bool
dcomplex_val 12 *double
resource_handle_val 14 *tensorflow.ResourceHandleProto
variant_val 15 *tensorflow.VariantTensorDataProto
uint32_val 16 *uint32
uint64_val 17 *uint64
float8_val 18 bytes
message tensorflow.TensorShapeProto
dim 2 *tensorflow.TensorShapeProto.Dim
)",
    R"(unknown_rank 3 bool
message tensorflow.TensorShapeProto.Dim
size 1 int64
name 2 bytes
message tensorflow.TensorSpecProto
name 1 bytes
shape 2 tensorflow.TensorShapeProto
dtype 3 tensorflow.DataType
message tensorflow.TrackableObjectGraph
nodes 1 *tensorflow.TrackableObjectGraph.TrackableObject
message tensorflow.TrackableObjectGraph.TrackableObject
children 1 *tensorflow.TrackableObjectGraph.TrackableObject.ObjectReference
attributes 2 *tensorflow.TrackableObjectGraph.TrackableObject.SerializedTensor
slot_variables 3 *tensorflow.TrackableObjectGraph.TrackableObject.SlotVariableReference
registered_saver 4 tensorflow.RegisteredSaver
has_checkpoint_values 5 google.protobuf.BoolValue
message tensorflow.TrackableObjectGraph.TrackableObject.ObjectReference
node_id 1 int32
local_name 2 bytes
message tensorflow.TrackableObjectGraph.TrackableObject.SerializedTensor
name 1 bytes
full_name 2 bytes
checkpoint_key 3 bytes
message tensorflow.TrackableObjectGraph.TrackableObject.SlotVariableReference
original_variable_node_id 1 int32
slot_name 2 bytes
slot_variable_node_id 3 int32
message tensorflow.TupleValue
values 1 *tensorflow.StructuredValue
message tensorflow.TypeSpecProto
type_spec_class 1 tensorflow.TypeSpecProto.TypeSpecClass
type_state 2 tensorflow.StructuredValue
type_spec_class_name 3 bytes
num_flat_components 4 int32
message tensorflow.VariantTensorDataProto
type_name 1 bytes
metadata 2 bytes
tensors 3 *tensorflow.TensorProto
message tensorflow.VersionDef
producer 1 int32
min_consumer 2 int32
bad_consumers 3 *int32
enum tensorflow.DataType
DT_INVALID 0
DT_FLOAT 1
DT_DOUBLE 2
DT_INT32 3
DT_UINT8 4
DT_INT16 5
DT_INT8 6
DT_STRING 7
DT_COMPLEX64 8
DT_INT64 9
DT_BOOL 10
DT_QINT8 11
DT_QUINT8 12
DT_QINT32 13
DT_BFLOAT16 14
DT_QINT16 15
DT_QUINT16 16
DT_UINT16 17
DT_COMPLEX128 18
DT_HALF 19
DT_RESOURCE 20
)",
    R"(DT_VARIANT 21
DT_UINT32 22
DT_UINT64 23
DT_FLOAT8_E5M2 24
DT_FLOAT8_E4M3FN 25
DT_FLOAT8_E4M3FNUZ 26
DT_FLOAT8_E4M3B11FNUZ 27
DT_FLOAT8_E5M2FNUZ 28
DT_INT4 29
DT_UINT4 30
DT_INT2 31
DT_UINT2 32
DT_FLOAT4_E2M1FN 33
DT_FLOAT_REF 101
DT_DOUBLE_REF 102
DT_INT32_REF 103
DT_UINT8_REF 104
DT_INT16_REF 105
DT_INT8_REF 106
DT_STRING_REF 107
DT_COMPLEX64_REF 108
DT_INT64_REF 109
DT_BOOL_REF 110
DT_QINT8_REF 111
DT_QUINT8_REF 112
DT_QINT32_REF 113
DT_BFLOAT16_REF 114
DT_QINT16_REF 115
DT_QUINT16_REF 116
DT_UINT16_REF 117
DT_COMPLEX128_REF 118
DT_HALF_REF 119
DT_RESOURCE_REF 120
DT_VARIANT_REF 121
DT_UINT32_REF 122
DT_UINT64_REF 123
DT_FLOAT8_E5M2_REF 124
DT_FLOAT8_E4M3FN_REF 125
DT_FLOAT8_E4M3FNUZ_REF 126
DT_FLOAT8_E4M3B11FNUZ_REF 127
DT_FLOAT8_E5M2FNUZ_REF 128
DT_INT4_REF 129
DT_UINT4_REF 130
DT_INT2_REF 131
DT_UINT2_REF 132
DT_FLOAT4_E2M1FN_REF 133
enum tensorflow.FullTypeId
TFT_UNSET 0
TFT_VAR 1
TFT_ANY 2
TFT_PRODUCT 3
TFT_NAMED 4
TFT_FOR_EACH 20
TFT_CALLABLE 100
TFT_TENSOR 1000
TFT_ARRAY 1001
TFT_OPTIONAL 1002
TFT_LITERAL 1003
TFT_ENCODED 1004
TFT_SHAPE_TENSOR 1005
TFT_BOOL 200
TFT_UINT8 201
TFT_UINT16 202
TFT_UINT32 203
)",
    R"(TFT_UINT64 204
TFT_INT8 205
TFT_INT16 206
TFT_INT32 207
TFT_INT64 208
TFT_HALF 209
TFT_FLOAT 210
TFT_DOUBLE 211
TFT_BFLOAT16 215
TFT_COMPLEX64 212
TFT_COMPLEX128 213
TFT_STRING 214
TFT_DATASET 10102
TFT_RAGGED 10103
TFT_ITERATOR 10104
TFT_MUTEX_LOCK 10202
TFT_LEGACY_VARIANT 10203
enum tensorflow.FunctionSpec.JitCompile
DEFAULT 0
ON 1
OFF 2
enum tensorflow.SaverDef.CheckpointFormatVersion
LEGACY 0
V1 1
V2 2
enum tensorflow.TypeSpecProto.TypeSpecClass
UNKNOWN 0
SPARSE_TENSOR_SPEC 1
INDEXED_SLICES_SPEC 2
RAGGED_TENSOR_SPEC 3
TENSOR_ARRAY_SPEC 4
DATA_DATASET_SPEC 5
DATA_ITERATOR_SPEC 6
OPTIONAL_SPEC 7
PER_REPLICA_SPEC 8
VARIABLE_SPEC 9
ROW_PARTITION_SPEC 10
REGISTERED_TYPE_SPEC 12
EXTENSION_TYPE_SPEC 13
enum tensorflow.VariableAggregation
VARIABLE_AGGREGATION_NONE 0
VARIABLE_AGGREGATION_SUM 1
VARIABLE_AGGREGATION_MEAN 2
VARIABLE_AGGREGATION_ONLY_FIRST_REPLICA 3
enum tensorflow.VariableSynchronization
VARIABLE_SYNCHRONIZATION_AUTO 0
VARIABLE_SYNCHRONIZATION_NONE 1
VARIABLE_SYNCHRONIZATION_ON_WRITE 2
VARIABLE_SYNCHRONIZATION_ON_READ 3
)",
};

}  // namespace detail
GRAPHFREEZE_NAMESPACE_END
