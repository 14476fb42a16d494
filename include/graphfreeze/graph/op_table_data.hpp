// The ops of TensorFlow 2.21.0. Made by cmake/make_op_table.py, which explains the form; do not edit.
#pragma once

#include <cstddef>
#include <string_view>

#include <graphfreeze/support/config.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN
namespace detail {

inline constexpr std::size_t kOpTableCount = 1910;
inline constexpr std::size_t kOpTableLinesPerChunk = 32;
inline constexpr std::string_view kOpTableAlphabet =
    "!#$%&'()*+,-./0123456789:;<=>@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz{|}~";

inline constexpr std::string_view kOpTableArguments[] = {
    R"(out:=1
x:T
y:T
N*inputs:T
sum:T
&handle:=7
local_step:=9
gradient:dtype
num_accumulated:=3
new_global_step:=9
num_required:=3
average:dtype
z:T
sparse_indices:=9
sparse_values:T
sparse_shape:=9
sparse_handles:=9
sparse_handle:=9
images:T
contrast_factor:=1
min_value:=1
max_value:=1
output:=1
output:T
delta:=1
scale:=1
input:=10
reduction_indices:Tidx
output:=10
true_classes:=9
sampled_candidates:=9
true_expected_count:=1
)",
    R"(sampled_expected_count:=1
input:T
group_assignment:=3
output:Tout
table_handle:=20
handle:=20
deleter:=21
empty_key:key_dtype
deleted_key:key_dtype
seed:=9
seed2:=9
reshuffle:=10
&var:T
&m:T
&v:T
beta1_power:T
lr:T
beta1:T
beta2:T
epsilon:T
grad:T
&out:T
&accum:T
&accum_update:T
rho:T
&gradient_accumulator:T
&gradient_squared_accumulator:T
l1:T
l2:T
global_step:=9
beta2_power:T
alpha:T
)",
    R"(sign_decay:T
beta:T
&mg:T
&ms:T
&mom:T
momentum:T
&linear:T
lr_power:T
l2_shrinkage:T
delta:T
logbase:T
values:T
indices:=3
z:=10
dimension:Tidx
output:output_type
output:=7
condition:=10
data:[T
input_dataset:=21
cardinality:=9
handle:=21
transformations:=7
&ref:T
value:T
&output_ref:T
resource:=20
value:dtype
N*a:T
N*b:T
a:T
audio:=5
)",
    R"(filterbanks:out_type
input:=1
spectrogram:=1
tag:=7
tensor:=1
summary:=7
sample_rate:=1
num_workers:=9
index:=9
orig_input_shape:=3
matrix:T
rhs:T
size:=3
keys:=7
num_elements:=3
indices:=9
values:[component_types
in_tensors:[T
batched_tensors:[T
batch_index:=9
id:=9
l:T
batch_size:=9
drop_remainder:=10
input:=8
output:=8
in_tensors:[Tin
captured_tensors:[Tcaptured
out_tensors:[Tout
x:Ta
y:Tb
num_lower:=9
)",
    R"(num_upper:=9
band:T
diagonal:T
l2_regularizer:=2
t:T
m:T
v:T
gamma:T
result:T
backprop:T
dx:T
dm:T
dv:T
db:T
dg:T
e:T
s:T
u:T
crops:Tidx
block_shape:Tblock_shape
crops:Tcrops
b:T
bias:T
out_backprop:T
out:T
arr:=3
weights:T
bins:T
output:type
seq_len_max:=9
cs_prev:T
h_prev:T
)",
    R"(w:T
wci:T
wcf:T
wco:T
i:T
cs:T
f:T
o:T
ci:T
co:T
h:T
cs_grad:T
h_grad:T
x_grad:T
cs_prev_grad:T
h_prev_grad:T
w_grad:T
wci_grad:T
wcf_grad:T
wco_grad:T
b_grad:T
node_ids:=3
gradients:=1
hessians:=1
feature:=3
stats_summary:=1
num_features*float_values:=1
num_features*bucket_boundaries:=1
num_features*buckets:=3
node_id_range:=3
l1:=1
l2:=1
)",
    R"(tree_complexity:=1
min_node_weight:=1
gains:=1
feature_dimensions:=3
thresholds:=3
left_node_contribs:=1
right_node_contribs:=1
split_with_default_directions:=7
num_features*stats_summaries_list:=1
split_types:=7
candidate_feature_ids:=3
feature_ids:=3
num_features*stats_summary_list:=1
num_features*node_ids_list:=3
num_features*gains_list:=1
num_features*thresholds_list:=3
num_features*left_node_contribs_list:=1
num_features*right_node_contribs_list:=1
tree_ensemble_handle:=20
mean_gradients:=1
mean_hessians:=1
continue_centering:=10
stamp_token:=9
tree_ensemble_serialized:=7
quantile_stream_resource_handle:=20
epsilon:=1
num_streams:=9
num_bucketized_features*bucketized_features:=3
examples_debug_outputs_serialized:=7
num_features*summaries:=1
num_trees:=3
num_finalized_trees:=3
)",
    R"(num_attempted_layers:=3
last_layer_nodes_range:=3
example_weights:=1
num_features*bucketized_features_list:=3
logits:=1
num_streams*bucket_boundaries:=1
num_buckets:=9
feature_indices:=3
feature_values:=3
feature_shape:=3
stats_summary_indices:=3
stats_summary_values:=1
stats_summary_shape:=3
cached_tree_ids:=3
cached_node_ids:=3
partial_logits:=1
tree_ids:=3
num_features*node_ids:=3
num_features*gains:=1
num_features*thresholds:=3
num_features*left_node_contribs:=1
num_features*right_node_contribs:=1
max_depth:=3
learning_rate:=1
num_groups*feature_ids:=3
num_features*dimension_ids:=3
num_features*split_types:=7
pruning_mode:=3
s0:T
s1:T
r0:T
r1:T
)",
    R"(shape:Tidx
output:=3
csr_sparse_matrix:=21
index:=3
row_ptrs:=3
col_inds:=3
values:type
sparse_input:=21
dense_output:type
sparse_matrix:=21
dense_shape:=9
filenames:=7
compression_type:=7
buffer_size:=9
header:=10
field_delim:=7
use_quote_delim:=10
na_value:=7
select_cols:=9
record_defaults:[output_types
exclude_cols:=9
inputs:T
sequence_length:=3
top_paths*decoded_indices:=9
top_paths*decoded_values:=9
top_paths*decoded_shape:=9
log_probability:T
decoded_indices:=9
decoded_values:=9
decoded_shape:=9
labels_indices:=9
labels_values:=3
)",
    R"(loss:T
gradient:T
inputs:=1
loss:=1
gradient:=1
filename:=7
cache:=20
args:[Tin
branch_index:=3
input:[Tin
output:[Tout
x:SrcT
y:DstT
tensor:T
ratio_numerator:=9
ratio_denominator:=9
other_arguments:[Targuments
N*input_datasets:=21
clip_value_min:T
clip_value_max:T
writer:=20
N*memory_configs:=7
merged_memory_config:=7
group_size:=3
group_key:=3
instance_key:=3
Nordering_token*ordering_token:=20
data:T
communicator:=20
device_index:=3
base_key:=3
shape:Tshape
)",
    R"(rank:=3
source_target_pairs:=3
boxes:=1
scores:=1
max_output_size_per_class:=3
max_total_size:=3
iou_threshold:=1
score_threshold:=1
nmsed_boxes:=1
nmsed_scores:=1
nmsed_classes:=1
valid_detections:=3
real:T
imag:T
out:Tout
y:Tout
n_a*a:=3
n_b*b:=9
c:[t_c
components:[Tcomponents
encoded:=21
components:[input_types
compressed:=21
ids:=9
weights:=1
output_shape:=3
concat_dim:=3
N*values:T
N*shape:shape_type
N*offset:shape_type
axis:Tidx
another_dataset:=21
)",
    R"(topology:=7
common_config:=7
memory_config:=7
network_config:=7
perm:Tperm
N*network_configs:=7
output:dtype
mutex_lock:=21
filter:T
filter_sizes:=3
input_sizes:=3
input_sizes:Tshape
indices_or_row_splits:=3
values:=3
row_ids:=3
col_ids:=3
num_sc_per_chip*row_ids_list:=3
num_sc_per_chip*col_ids_list:=3
num_sc_per_chip*gains_list:=1
num_sc_per_chip*sorted_row_ids_list:=3
num_sc_per_chip*sorted_col_ids_list:=3
num_sc_per_chip*sorted_gains_list:=1
num_sc_per_chip*id_counts_list:=3
splits:=9
row_pointers:=3
sorted_sample_ids:=3
sorted_token_ids:=3
sorted_gains:=1
row_pointers_unpadded_size:=3
ids_unpadded_size:=3
num_minibatches_per_sc:=3
forward_input:T
)",
    R"(db_uri:=7
experiment_name:=7
run_name:=7
user_name:=7
logdir:=7
max_queue:=3
flush_millis:=3
filename_suffix:=7
image:T
box_ind:=3
crop_size:=3
crops:=1
grads:=1
image_size:=3
product:T
input_h:T
input_c:T
params:T
output_h:T
output_c:T
reserve_space:T
output_backprop:T
output_h_backprop:T
output_c_backprop:T
input_backprop:T
input_h_backprop:T
input_c_backprop:T
params_backprop:T
host_reserved:=6
sequence_lengths:=3
num_layers:=3
num_units:=3
)",
    R"(input_size:=3
num_params*weights:T
num_params*biases:T
num_params_weights*weights:T
num_params_biases*biases:T
params_size:S
min:=1
max:=1
histogram:=9
scatter_dimension:=3
prefix:=7
tensor_names:=7
shape_and_slices:=7
tensors:[dtypes
dataset_id:=9
processing_mode:=7
address:=7
protocol:=7
job_name:=7
max_outstanding_requests:=9
iteration_counter:=20
consumer_index:=9
num_consumers:=9
dataset_id:=7
fingerprint:=23
graph_def:=7
graph:=7
dataset:=21
components:[output_types
&input:T
&output:T
output:=9
)",
    R"(output:=2
output:output_dtype
contents:=7
crop_window:=3
image:=4
input:=7
records:=7
record_defaults:[OUT_TYPE
output:[OUT_TYPE
bytes:=7
image:dtype
json_examples:=7
binary_examples:=7
input_bytes:=7
fixed_length:=3
output:out_type
sizes:=3
values:[output_types
audio:=1
sample_rate:=3
multi_device_iterator:=20
N*iterators:=20
handle:=7
input:Tidx
size:Tidx
weights:output_type
output_indices:=9
output_values:output_type
output_dense_shape:=9
dense_input:T
sparse_output:=21
set1:T
)",
    R"(set2:T
result_indices:=9
result_values:T
result_shape:=9
row_shape:=9
set2_indices:=9
set2_values:T
set2_shape:=9
min_range:=1
max_range:=1
resource_handle:=20
serialized:=21
serialized_sparse:=7
sparse_values:dtype
serialized_sparse:Tserialized
device:=7
filter_backprop:T
in_backprop:T
selector_input_dataset:=21
N*data_input_datasets:=21
directory:=7
colors:=1
in:T
dtype:=7
tensor_data:T
N*sample_indices_or_row_splits:T1
N*embedding_indices:T2
N*aggregation_weights:T3
mode_override:=7
device_ordinal:=3
N*sample_splits:T1
partitions:=3
)",
    R"(num_partitions*outputs:T
N*indices:=3
N*data:T
merged:T
hypothesis_indices:=9
hypothesis_values:T
hypothesis_shape:=9
truth_indices:=9
truth_values:T
truth_shape:=9
e:Tout
v:Tout
features:T
activations:T
gradients:T
outputs:T
backprops:T
shape:=3
element_shape:shape_type
max_num_elements:=3
images:=4
quality:=3
values:[Tinput_types
N*batch:=7
N*batch:=3
N*sample_indices:T1
dim:Tdim
key_func_other_arguments:[Tkey_func_other_arguments
init_func_other_arguments:[Tinit_func_other_arguments
reduce_func_other_arguments:[Treduce_func_other_arguments
finalize_func_other_arguments:[Tfinalize_func_other_arguments
window_size_func_other_arguments:[Twindow_size_func_other_arguments
)",
    R"(num_parallel_calls:=9
patterns:=7
max_intra_op_parallelism:=9
cycle_length:=9
block_length:=9
sloppy:=10
buffer_output_elements:=9
prefetch_input_elements:=9
dense_defaults:[Tdense
num_threads:=9
num_replicas:=9
initial_state:[Tstate
stats_aggregator:=20
counter_prefix:=7
sleep_microseconds:=9
window_size:=9
window_shift:=9
window_stride:=9
driver_name:=7
data_source_name:=7
query:=7
iterator:=20
thread_pool:=20
offsets:=1
glimpse:=1
patches:T
image_shape:output_type
input:Tcomplex
output:Tcomplex
fft_length:=3
axes:=3
fact:=7
)",
    R"(outputs:=1
backprops:=1
backprops_wrt_input:=1
backprop_wrt_min:=1
backprop_wrt_max:=1
scheme:=7
key:=7
value:=7
dims:index_type
output:=21
embedding_partitions:=7
hbm_buffers_config:=7
method:=7
fingerprint:=4
a:=1
b:=1
c:=1
d:=1
e:=1
header_bytes:=9
record_bytes:=9
footer_bytes:=9
&reader_handle:=7
reader_handle:=20
b:=7
b:=3
c:=3
e:=3
c:=7
start:=3
limit:=3
delta:=3
)",
    R"(input:[T
output:[T
row_pooling_sequence:=9
col_pooling_sequence:=9
orig_input_tensor_shape:=9
orig_input:T
orig_output:T
scale:T
offset:T
mean:T
variance:T
batch_mean:T
batch_variance:T
reserve_space_1:T
reserve_space_2:T
y_backprop:T
x_backprop:T
scale_backprop:T
offset_backprop:T
reserve_space_3:T
reserve_space_4:T
reserve_space_1:U
reserve_space_2:U
scale_backprop:U
offset_backprop:U
reserve_space_3:U
reserve_space_4:U
reserve_space_5:U
scale:U
offset:U
mean:U
variance:U
)",
    R"(batch_mean:U
batch_variance:U
paddings:=3
w_ru:T
w_c:T
b_ru:T
b_c:T
r:T
c:T
d_h:T
d_x:T
d_h_prev:T
d_c_bar:T
d_r_bar_u_bar:T
params:Tparams
indices:Tindices
output:Tparams
axis:Taxis
bbox_deltas:=1
image_info:=1
anchors:=1
nms_threshold:=1
pre_nms_topn:=3
min_size:=1
rois:=1
roi_probabilities:=1
new_vocab_file:=7
old_vocab_file:=7
remapping:=9
num_present:=3
init_func_other_args:[Tinit_func_args
next_func_other_args:[Tnext_func_args
)",
    R"(finalize_func_other_args:[Tfinalize_func_args
deadline_from_epoch_micros:=9
program_key:=7
sorted_row_ids:=3
sorted_col_ids:=3
id_counts:=3
max_ids:=3
max_uniques:=3
num_minibatches_per_physical_sparse_core:=3
serialized_options:=7
N*row_ids_list:=3
N*col_ids_list:=3
N*gains_list:=1
max_ids_per_sparse_core:=3
max_unique_ids_per_sparse_core:=3
tpu_task_id:=3
iter_id:=9
seed_generator:=20
version:=3
&table_handle:=7
value_range:T
nbins:=3
out:dtype
output:Treal
cond:Tcond
images:dtype
transforms:=1
transformed_images:dtype
fill_value:=1
tensor:dtype
event:=7
M*b:T
)",
    R"(predictions:=1
targets:T
precision:=10
k:T
map_func_other_args:[Tmap_func_args
index_map_func_other_args:[Tindex_map_func_args
output_cardinality:=9
outputs:[dtypes
input:dtype
input:=21
inputs:[dtypes
keys:Tkey
values:Tval
i:=3
out:=9
a:=3
dy:T
is_initialized:=10
y:=10
result:=10
is_tpu_embedding_initialized:=10
enabled:=10
&ref:dtype
segments:=3
string_handle:=7
model_proto:=7
optional:=21
distances:=1
result:=7
input:=3
points:=1
num_to_sample:=9
)",
    R"(num_retries_per_sample:=9
samples:=1
input_grads:T
input_image:T
output_image:T
dicfo:T
start:T
stop:T
num:Tidx
tensors:[Tinput_types
idx:out_idx
a:[T
snapshot_path:=7
NumTables*parameters:=1
NumTables*auxiliary1:=1
NumTables*auxiliary2:=1
NumTables*auxiliary3:=1
NumTables*auxiliary4:=1
NumTables*auxiliary5:=1
NumTables*auxiliary6:=1
NumTables*auxiliary7:=1
ckpt_path:=7
old_tensor_name:=7
row_remapping:=9
col_remapping:=9
initializing_values:=1
output_matrix:=1
path:=7
reader_func_other_args:[Treader_func_args
parameters:=1
momenta:=1
velocities:=1
)",
    R"(accumulators:=1
updates:=1
ms:=1
mom:=1
mg:=1
linears:=1
last_hit_step:=1
benefits:=1
v:=1
m:=1
sign:T
log_abs_determinant:T
logits:T
logsoftmax:T
x:=10
keys:Tkeys
values:Tvalues
keys:Tin
default_value:Tout
values:Tout
size:=9
sorted_inputs:T
lu:T
p:output_idx_type
dup:=20
arguments:[Targuments
captured_inputs:[Tcaptured
output:[output_types
key:=9
values:[dtypes
values:[fake_dtypes
pattern:=7
)",
    R"(num_lower:Tindex
num_upper:Tindex
k:=3
padding_value:T
num_rows:=3
num_cols:=3
orig_input:TInput
orig_output:TInput
ksize:=3
strides:=3
argmax:Targmax
value_index:=3
integer_tensor:integer_type
float_tensor:float_type
N*inputs:=7
checkpoint_prefixes:=7
destination_prefix:=7
paddings:Tpaddings
inputs:[Tinputs
outputs:[Toutputs
shard_num:=3
incarnation_id:=9
max_buffer_size:=9
num_samples:=3
mutex:=20
N*a:=3
N*b:=7
N*a:S
output1:=1
output2:=7
num_devices*input:T
centers:=1
)",
    R"(k:=9
nearest_center_indices:=9
nearest_center_distances:=1
&w_in:=1
&w_out:=1
examples:=3
labels:=3
lr:=1
x1:T
x2:T
shape:shape_dtype
max_output_size:=3
selected_indices:=3
boxes:T
scores:T
iou_threshold:T_threshold
score_threshold:T_threshold
valid_outputs:=3
iou_threshold:T
score_threshold:T
soft_nms_sigma:T
selected_scores:T
overlaps:=1
overlap_threshold:=1
n:=3
indices:TI
depth:=3
on_value:T
off_value:T
optimizations:=7
optimizations_enabled:=7
optimizations_disabled:=7
)",
    R"(optimizations_default:=7
components:[Toutput_types
has_value:=10
out:[T
out:[t
constant_values:T
N*padded_shapes:=9
padding_values:[Toutput_types
num_parallel_calls:=3
shape:T
means:dtype
stdevs:dtype
minvals:dtype
maxvals:dtype
serialized:=7
names:=7
Nsparse*sparse_keys:=7
Ndense*dense_keys:=7
Nsparse*sparse_indices:=9
sparse_values:[sparse_types
Nsparse*sparse_shapes:=9
dense_values:[Tdense
sparse_keys:=7
dense_keys:=7
ragged_keys:=7
num_sparse*sparse_indices:=9
num_sparse*sparse_shapes:=9
ragged_values:[ragged_value_types
ragged_row_splits:[ragged_split_types
debug_name:=7
context_dense_defaults:[Tcontext_dense
Ncontext_sparse*context_sparse_indices:=9
)",
    R"(context_sparse_values:[context_sparse_types
Ncontext_sparse*context_sparse_shapes:=9
context_dense_values:[Tcontext_dense
Nfeature_list_sparse*feature_list_sparse_indices:=9
feature_list_sparse_values:[feature_list_sparse_types
Nfeature_list_sparse*feature_list_sparse_shapes:=9
feature_list_dense_values:[feature_list_dense_types
Nfeature_list_dense*feature_list_dense_lengths:=9
context_sparse_keys:=7
context_dense_keys:=7
context_ragged_keys:=7
feature_list_sparse_keys:=7
feature_list_dense_keys:=7
feature_list_ragged_keys:=7
feature_list_dense_missing_assumed_empty:=10
context_ragged_values:[context_ragged_value_types
context_ragged_row_splits:[context_ragged_split_types
feature_list_ragged_values:[feature_list_ragged_value_types
feature_list_ragged_outer_splits:[feature_list_ragged_split_types
feature_list_ragged_inner_splits:[feature_list_ragged_split_types
feature_list_dense_missing_assumed_empty:=7
Ncontext_sparse*context_sparse_keys:=7
Ncontext_dense*context_dense_keys:=7
Nfeature_list_sparse*feature_list_sparse_keys:=7
Nfeature_list_dense*feature_list_dense_keys:=7
y:=4
data:[U
q:T
input_min:T
input_max:T
num_bits:=3
input_min_backprop:T
)",
    R"(input_max_backprop:T
input:Tinput
input_min:=1
input_max:=1
output_min:=1
output_max:=1
x:T1
y:T2
min_x:=1
max_x:=1
min_y:=1
max_y:=1
z:Toutput
min_z:=1
max_z:=1
min_input:=1
max_input:=1
min_output:=1
max_output:=1
t:Tinput
t_min:=1
t_max:=1
m:Tinput
m_min:=1
m_max:=1
v:Tinput
v_min:=1
v_max:=1
beta:Tinput
beta_min:=1
beta_max:=1
gamma:Tinput
)",
    R"(gamma_min:=1
gamma_max:=1
result:out_type
result_min:=1
result_max:=1
input:T1
bias:T2
min_bias:=1
max_bias:=1
min_out:=1
max_out:=1
N*input_mins:=1
N*input_maxes:=1
filter:Tfilter
min_filter:=1
max_filter:=1
min_freezed_output:=1
max_freezed_output:=1
bias:=1
bias:Tbias
summand:Tsummand
min_summand:=1
max_summand:=1
summand:=1
x_min:=1
x_max:=1
y_min:=1
y_max:=1
a:T1
b:T2
min_a:=1
max_a:=1
)",
    R"(min_b:=1
max_b:=1
out:Toutput
features:Tinput
min_features:=1
max_features:=1
activations:out_type
min_activations:=1
max_activations:=1
resized_images:T
out_min:=1
out_max:=1
components:[component_types
is_closed:=10
input:Treal
values:Tidx
ragged_values:[ragged_values_types
ragged_row_splits:[ragged_splits_types
sparse_values:[sparse_values_types
Nsparse*sparse_shape:=9
dense_inputs:[dense_types
output_values:out_values_type
output_row_splits:out_row_splits_type
value_rowids:=9
nrows:=9
default_value:T
output_value_rowids:=9
output_values:T
empty_row_indicator:=10
reverse_index_map:=9
grad_values:T
d_values:T
)",
    R"(d_default_value:T
PARAMS_RAGGED_RANK*params_nested_splits:Tsplits
params_dense_values:Tvalues
OUTPUT_RAGGED_RANK*output_nested_splits:Tsplits
output_dense_values:Tvalues
starts:T
limits:T
deltas:T
rt_nested_splits:Tsplits
rt_dense_values:T
encoded_ragged:=21
output_ragged_rank*output_nested_splits:Tsplits
RAGGED_RANK*rt_nested_splits:Tsplits
sparse_dense_shape:=9
num_row_partition_tensors*row_partition_tensors:Tindex
rt_dense_values:Tvalues
encoded_ragged_grad:=21
row_splits:Tsplits
dense_values_shape:=3
dense_values_grad:Tvalues
shape:S
sample:T
index:dtype
seed:Tseed
max_index:dtype
rate:dtype
rate:R
minval:Tout
maxval:Tout
start:Tidx
limit:Tidx
delta:Tidx
)",
    R"(output:Tidx
start:=9
stop:=9
step:=9
N*outputs:T
records_produced:=9
units_completed:=9
&queue_handle:=7
num_records:=9
values:=7
queue_handle:=20
state:=7
batch_sizes:=9
tensor:tensor_type
num_outputs*outputs:=1
inputs:=7
reduction_indices:=3
&data:T
&a:T
&a:=1
&a:=3
&N*inputs:T
pred:=10
&output_false:T
&output_true:T
rewrite:=7
layout_input:U
target:=7
count:=9
requested_output_min:=1
requested_output_max:=1
resized_images:=1
)",
    R"(original_image:T
grads:T
var:=20
m:=20
v:=20
accum:=20
accum_update:=20
gradient_accumulator:=20
gradient_squared_accumulator:=20
vhat:=20
mg:=20
ms:=20
mom:=20
linear:=20
initialized:=10
updates:dtype
ref:=20
updates:T
begin:Index
end:Index
strides:Index
file_pattern:=7
tensor_name:=7
tensor:dt
shape_and_slice:=7
dims:=10
seq_lengths:Tlen
rewrite_name:=7
input_true:SrcT
input_false:SrcT
output:DstT
max:T
)",
    R"(axis:Index
shape:Tindices
size:Index
alg:=3
delta:=23
value:=9
algorithm:=9
delta:=9
shift:Tshift
client:=20
method_name:=7
timeout_in_ms:=9
future:=20
status_or:=20
error_code:=9
error:=7
server_address:=7
method_specs:=7
server:=20
captured_inputs:[Tin
image_size:T
bounding_boxes:=1
begin:T
size:T
bboxes:=1
min_object_covered:=1
rate:=1
shard_func_other_args:[Tshard_func_args
shapes_and_slices:=7
tags:=7
translation:=1
num_sparse_features*sparse_example_indices:=9
)",
    R"(num_sparse_features*sparse_feature_indices:=9
num_sparse_features_with_values*sparse_feature_values:=1
num_dense_features*dense_features:=1
example_labels:=1
num_sparse_features*sparse_indices:=9
num_sparse_features*sparse_weights:=1
num_dense_features*dense_weights:=1
example_state_data:=1
out_example_state_data:=1
num_sparse_features*out_delta_sparse_weights:=1
num_dense_features*out_delta_dense_weights:=1
&num_features*weights:=1
segment_ids:Tindices
num_segments:Tnumsegments
N*inputs:=1
NN*learning_rates:=1
serialized_sparse:out_type
set_indices:=9
set_values:T
set_shape:=9
N*input:T
N*output:out_type
num_shards:=9
basename:=7
shard:=3
num_shards:=3
success:=10
vocab_word:=7
vocab_freq:=3
words_per_epoch:=9
current_epoch:=3
total_words_processed:=9
)",
    R"(sleep_seconds:=3
chunk_file:=7
shard_dir:=7
start_index:=9
N*inputs:=21
dim:=3
num_results:=3
skip:=3
samples:dtype
softmax:T
labels:T
gradient_indices:=9
gradient_values:dtype
gradient_shape:=9
values:dtype
shape:=9
a_indices:=9
a_values:T
a_shape:=9
b_indices:=9
b_values:T
b_shape:=9
thresh:Treal
sum_indices:=9
sum_values:T
sum_shape:=9
backprop_val_grad:T
a_val_grad:T
b_val_grad:T
N*indices:=9
N*shapes:=9
output_shape:=9
)",
    R"(values:[sparse_types
output_values:out_type
strong_hash:=10
salt:=9
output_values:=9
sep:=7
output_values:=7
sp_indices:=9
sp_values:T
sp_shape:=9
dense:T
a:Ta
b:Tb
product:=1
a:=21
b:=21
c:=21
nnz:=3
logits:=21
softmax:=21
grad_softmax:=21
gradient:=21
permutation:=3
input_indices:=9
input_values:T
input_shape:=9
reduction_axes:=3
new_shape:=9
indices:Tidx
segment_ids:Tsegmentids
output_dim0:=3
dense_output_dim0:=3
)",
    R"(sorted_unique_indices:Tidx
input_start:=9
val_grad:T
labels:Tlabels
split_dim:=9
num_split*output_indices:=9
num_split*output_values:T
num_split*output_shape:=9
a_indices:Tindices
a_shape:Tindices
sparse_indices:Tindices
output_shape:Tindices
set1_indices:=9
set1_values:T
set1_shape:=9
split_dim:=3
num_split*output:T
size_splits:Tlen
elem:elem_type
elem:T
max_size:=3
counts:T
probs:T
minval:dtype
maxval:dtype
stddevs:dtype
alpha:dtype
key:=23
counter:=23
lam:Rtype
summary:=20
input:Tin
)",
    R"(shape:Index
inputs:[T
data:=7
data_splits:Tsplits
ngrams:=7
ngrams_splits:Tsplits
delimiter:=7
string_tensor:=7
pos:T
len:T
output_false:T
output_true:T
byte_offsets:=9
tensors:[T
tpu_tensors:[T
NumDynamicShapes*dynamic_shapes:=9
guaranteed_constants:[Tguaranteed_constants
compilation_status:=7
num_computations*program:=7
num_computations*may_modify_variables:=10
N*unpadded_sizes:=3
embedding_variable:=1
sliced_activations:=1
args:[Targs
results:[Tresults
device_ordinals:=3
num_splits*output:T
num_replicas*outputs:T
N*vars:=20
new_format_key:=7
format_state_var:=20
flow_in:=1
)",
    R"(lengths:=9
&grad_handle:=7
grad_handle:=7
grad_handle:=20
flow_out:=1
shape_to_prepend:=3
flow:=1
input_handle:=21
tensor:element_dtype
input_a:=21
input_b:=21
leading_dims:=9
output_handle:=21
element_shape:=3
values:element_dtype
element_shape:Tshape
item:element_dtype
length:=3
input_handles:=21
output_handles:=21
key:key_dtype
has_key:=10
value:value_dtype
keys:key_dtype
serialized_summary_metadata:=7
multiples:Tmultiples
multiples:=3
ts:=2
topk:=1
topk_indices:=3
k:Tk
indices:index_type
)",
    R"(uid:=9
proto_keys:=7
superdiag:T
maindiag:T
subdiag:T
diagonals:T
&b:T
b:[T
batched_tensor:T
unbatched_tensor:T
original_input:T
batched_grad:T
char_values:=3
char_to_byte_starts:=9
input_values:=3
input_splits:Tsplits
scales:=1
zero_points:=3
lhs:T
lhs_scales:=1
lhs_zero_points:=3
rhs_scales:=1
rhs_zero_points:=3
output_scales:=1
output_zero_points:=3
operand:T
min:T
lhs:Tin
rhs:Tin
lhs:Tlhs
rhs:Trhs
input_scales:=1
)",
    R"(input_zero_points:=3
count:out_idx
num*output:T
dims:Tidx
task_count*tpu_task_id_to_shard_id:=3
input:=20
M*weights:=2
shift:=9
stride:=9
request:=7
response:=7
tensor:=7
bad_color:=4
summary_metadata:=7
broadcast_dims:Tindices
lhs_output:T
rhs_output:T
window_strides:Tindices
padding:Tindices
lhs_dilation:Tindices
rhs_dilation:Tindices
feature_group_count:Tindices
lhs:LhsT
rhs:RhsT
output:preferred_element_type
args:[T
operands:[operand_dtypes
results:[result_dtypes
input:=22
output:=14
start_indices:Tindices
size_indices:Tindices
)",
    R"(update:T
slice_sizes:Tindices
inputs:[Tin
keys:K
values:V
sorted_keys:K
sorted_values:V
constants:[Tconstants
Nresources*resources:=20
padding_low:Tindices
padding_high:Tindices
padding_interior:Tindices
output:Toutput
deduplication_data:=21
num_tables*outputs:=1
init_value:T
window_dimensions:Tindices
base_dilations:Tindices
window_dilations:Tindices
dim_index:=3
id:=3
algorithm:=3
initial_state:=23
output_key:=23
scatter_indices:Tindices
source:T
NumTables*gradients:=1
NumLearningRateTags*learning_rates:=1
bound:=3
stacked_activations:input_dtype
num_tables*unstacked_activations:dtype
accumulator:=1
)",
    R"(embedding_table:=1
updated_embedding_table:=1
updated_accumulator:=1
beta_1:=1
momentum:=1
updated_momentum:=1
velocity:=1
beta_2:=1
updated_velocity:=1
linear:=1
beta:=1
learning_rate_power:=1
l2_regularization_strength:=1
updated_linear:=1
col_ids:=22
values:=1
offsets:=22
activations:=1
sorted_embedding_ids:=3
sorted_pos_ids:=3
preserved_valencies:=3
preserved_vectors:=1
preserved_weights:=1
activation_gradients:=1
combiner_weights_learning_rate:=1
updated_weights:=1
updated_momenta:=1
N*tables:=1
M*hyperparameters:=1
N*updated_tables:=1
N*tables:T
N*updated_tables:T
)",
    R"(embedding_table:T
num_tables*unstacked_gradients:input_dtype
stacked_gradients:dtype
N*init_value:T
N*output:T
init_values:[T
outputs:[T
dimension:=3
output:[out_types
N*inputs:=3
number_of_tpu_chips:=3
num_side_inputs*side_input:T
offset:=1
num_side_inputs*side_input_backprop:T
args:[TArgs
num_host_args*host_args:=1
num_args*args:T
device_inputs:[Tdevice_inputs
host_inputs:[Thost_inputs
device_outputs:[Tdevice_outputs
host_outputs:[Thost_outputs
tpu_ids:=3
mkl_input:=4
mkl_output:=4
mkl_orig_input:=4
mkl_grad:=4
mkl_concat_dim:=4
N*mkl_values:=4
mkl_axis:=4
mkl_filter:=4
filter_output:T
mkl_filter_output:=4
)",
    R"(mkl_filter_size:=4
mkl_out_backprop:=4
bias_grad:T
mkl_bias_grad:=4
mkl_input_sizes:=4
mkl_bias:=4
mkl_features:=4
mkl_activations:=4
mkl_gradients:=4
mkl_backprops:=4
mkl_x:=4
mkl_scale:=4
mkl_offset:=4
mkl_mean:=4
mkl_variance:=4
mkl_y:=4
mkl_batch_mean:=4
mkl_batch_variance:=4
mkl_reserve_space_1:=4
mkl_reserve_space_2:=4
num_side_inputs*mkl_side_input:=4
mkl_reserve_space_3:=4
mkl_y_backprop:=4
mkl_x_backprop:=4
mkl_scale_backprop:=4
mkl_offset_backprop:=4
mkl_reserve_space_4:=4
mkl_reserve_space_5:=4
num_args*mkl_args:=4
mkl_a:=4
mkl_b:=4
mkl_product:=4
)",
    R"(workspace:=4
mkl_workspace:=4
mkl_orig_output:=4
mkl_paddings:=4
N*resources:=20
backing:T
concat:T
N*split:T
output_index:=3
num_outs*outputs:T
broadcast_inputs:[Tbroadcast_inputs
NumVariables*variables:=20
outputs:[output_types
compilation_successful:=10
program:=7
partitioned_call:T
xla_run:T
dynamic_key:=7
device_ordinal:=9
)",
};

inline constexpr std::string_view kOpTableAttrs[] = {
    R"(error_msg string 1200
exit_without_error bool 2800
container string 1200
shared_name string 1200
T type 3001
keep_dims bool 2800
Tidx type 3003
seed int 1800
seed2 int 1800
T type 3008
Tout type 3001
value_shape shape 3a00
initial_num_buckets int 18808008
max_load_factor float 25cdcc4c3f
use_locking bool 2800
update_slots bool 2801
use_nesterov bool 2800
multiply_linear_by_lr bool 2800
reduction_dimension int 18ffffffffffffffffff01
recall_target float 253333733f
is_max_k bool 2801
reduction_input_size_override int 18ffffffffffffffffff01
aggregate_to_topk bool 2801
tolerance float 25acc52737
output_type type 3009
precision int 18ffffffffffffffffff01
scientific bool 2800
shortest bool 2800
width int 18ffffffffffffffffff01
fill string 1200
summarize int 1803
validate_shape bool 2801
)",
    R"(use_locking bool 2801
validate_shape bool 2800
paddings list(int) 0a00
a string 120662616e616e61
a list(float) 0a00
a list(int) 0a041a02050f
T type 3003
sample_rate int 18807d
window_size int 1819
window_step int 180a
num_channels int 1820
upper_band_limit float 250060ea45
lower_band_limit float 250000fa42
smoothing_bits int 180a
even_smoothing float 25cdcccc3c
odd_smoothing float 258fc2753d
min_signal_remaining float 25cdcc4c3d
enable_pcan bool 2800
pcan_strength float 253333733f
pcan_offset float 250000a042
gain_bits int 1815
enable_log bool 2801
scale_shift int 1806
left_context int 1800
right_context int 1800
frame_stride int 1801
zero_padding bool 2800
out_scale int 1801
out_type type 3011
magnitude_squared bool 2800
max_outputs int 1803
auto_shard_policy int 1800
)",
    R"(num_replicas int 1800
data_format string 12044e485743
data_format string 12054e44485743
lower bool 2801
adjoint bool 2800
shapes list(shape) 0a00
capacity int 18ffffffffffffffffff01
cancel_pending_enqueues bool 2800
allow_small_batch bool 2800
wait_for_incomplete bool 2800
timeout_ms int 18ffffffffffffffffff01
max_enqueued_batches int 180a
allowed_batch_sizes list(int) 0a00
batching_queue string 1200
metadata string 1200
parallel_copy bool 2800
low_priority_max_batch_size int 1800
low_priority_batch_timeout_micros int 1800
low_priority_allowed_batch_sizes list(int) 0a00
low_priority_max_enqueued_batches int 1800
mixed_priority_policy string 12286c6f775f7072696f726974795f70616464696e675f776974685f6d61785f62617463685f73697a65
batch_padding_policy string 12065041445f5550
enable_large_batch_splitting bool 2800
adj_x bool 2800
adj_y bool 2800
grad_x bool 2800
grad_y bool 2800
fast bool 2801
compute_v bool 2801
compute_uv bool 2801
full_matrices bool 2800
Tblock_shape type 3003
)",
    R"(Tcrops type 3003
forget_bias float 250000803f
cell_clip float 2500004040
use_peephole bool 2800
cell_clip float 2500000000
split_type string 120a696e657175616c697479
max_elements int 18808080808020
generate_quantiles bool 2800
logits_dimension int 1801
num_groups int 1801
merge_repeated bool 2801
merge_repeated bool 2800
blank_index int 18ffffffffffffffffff01
preprocess_collapse_repeated bool 2800
ctc_merge_repeated bool 2801
ignore_longer_outputs_than_inputs bool 2800
output_shapes list(shape) 0a00
Truncate bool 2800
communication_hint string 12046175746f
timeout_seconds float 2500000000
is_stateless bool 2800
Nordering_token int 1800
Tshape type 3003
wait_for list(int) 0a00
max_subdivs_per_device int 18ffffffffffffffffff01
pad_per_class bool 2800
clip_boxes bool 2801
Tout type 3008
shape_type type 3003
reduction_type string 12044d45414e
use_tfrt_host_runtime bool 2801
embedding_config string 1200
)",
    R"(tpu_embedding_config string 1200
is_global_init bool 2800
enable_whole_mesh_compilations bool 2800
compilation_failure_closes_chips bool 2801
tpu_cancellation_closes_chips int 1800
Tperm type 3003
explicit_paddings list(int) 0a00
data_format string 120d4348414e4e454c535f4c415354
dilations list(int) 0a00
batch_dims int 1801
groups int 1801
use_cudnn_on_gpu bool 2801
dilations list(int) 0a061a0401010101
dilations list(int) 0a071a050101010101
tensor_name string 1200
debug_ops_spec list(string) 0a00
method string 120862696c696e656172
extrapolation_value float 2500000000
rnn_mode string 12046c73746d
input_mode string 120c6c696e6561725f696e707574
direction string 120e756e69646972656374696f6e616c
dropout float 2500000000
is_training bool 2801
num_proj int 1800
time_major bool 2801
exclusive bool 2800
reverse bool 2800
calibration_method int 1800
num_bins int 1800
min_percentile float 2500000000
max_percentile float 2500000000
src_format string 12044e485743
)",
    R"(dst_format string 12044e434857
task_refresh_interval_hint_ms int 18ffffffffffffffffff01
data_transfer_protocol string 1200
target_workers string 12044155544f
cross_trainer_cache_options string 1200
uncompress bool 2800
cardinality_options string 1200
stateful_whitelist list(string) 0a00
allow_stateful bool 2800
strip_device_assignment bool 2800
external_state_policy int 1800
device_name string 1200
debug_urls list(string) 0a00
gated_grpc bool 2800
tfdbg_context_id string 1200
op_name string 1200
output_slot int 18ffffffffffffffffff01
tensor_debug_mode int 18ffffffffffffffffff01
circular_buffer_size int 18e807
tfdbg_run_id string 1200
io_of_node string 1200
is_input bool 2800
io_index int 18ffffffffffffffffff01
lower_bound float 25000080ff
upper_bound float 250000807f
mute_if_healthy bool 2800
output_dtype type 3001
tensor_id int 18ffffffffffffffffff01
channels int 1800
ratio int 1801
fancy_upscaling bool 2801
try_recover_truncated bool 2800
)",
    R"(acceptable_fraction float 250000803f
dct_method string 1200
field_delim string 12012c
use_quote_delim bool 2801
na_value string 1200
select_cols list(int) 0a00
compression_type string 1200
dtype type 3004
expand_animations bool 2801
little_endian bool 2801
descriptor_source string 12086c6f63616c3a2f2f
message_format string 120662696e617279
sanitize bool 2800
desired_channels int 18ffffffffffffffffff01
desired_samples int 18ffffffffffffffffff01
string_val string 1203616263
string_list_val list(string) 0a0712036162631200
int_val int 187b
int_list_val list(int) 0a051a03010203
float_val float 2500002041
float_list_val list(float) 0a06220400002041
bool_val bool 2801
bool_list_val list(bool) 0a042a020100
type_val type 3003
type_list_val list(type) 0a0432020301
shape_val shape 3a081202080212020801
shape_list_val list(shape) 0a083a003a0412020801
tensor_val tensor 4207080312003a0101
tensor_list_val list(tensor) 0a094207080312003a0101
binary_output bool 2800
minlength int 18ffffffffffffffffff01
maxlength int 18ffffffffffffffffff01
)",
    R"(validate_indices bool 2801
mode string 120c4d494e5f434f4d42494e4544
narrow_range bool 2800
axis int 18ffffffffffffffffff01
dtype type 3001
Tserialized type 3007
ignore_lookup_error bool 2801
stop_on_empty_dataset bool 2800
T type 3004
T1 type 3003
T2 type 3003
T3 type 3001
combiners list(string) 0a00
max_sequence_lengths list(int) 0a00
num_features list(int) 0a00
is_async bool 2800
normalize bool 2801
init bool 2800
pad bool 2800
format string 1200
quality int 185f
progressive bool 2800
optimize_size bool 2800
chroma_downsampling bool 2801
density_unit string 1202696e
x_density int 18ac02
y_density int 18ac02
xmp_metadata string 1200
compression int 18ffffffffffffffffff01
device_ordinal int 18ffffffffffffffffff01
is_constant bool 2800
parallel_iterations int 180a
)",
    R"(incompatible_shape_error bool 2801
Tdim type 3003
log_warning bool 2800
preserve_cardinality bool 2800
use_inter_op_parallelism bool 2801
force_synchronous bool 2800
sloppy bool 2800
use_fallback bool 2801
max_intra_op_parallelism int 1801
centered bool 2801
normalized bool 2801
uniform_noise bool 2801
noise string 1207756e69666f726d
output_type type 3003
Tcomplex type 3008
min float 250000c0c0
max float 250000c040
num_bits int 1808
index_type type 3003
has_captured_ref bool 2800
header_bytes int 1800
footer_bytes int 1800
hop_bytes int 1800
encoding string 1200
vocab_file string 1200
distortion float 250000803f
num_reserved_ids int 1800
num_shards int 1801
shard int 1800
unigrams list(float) 0a00
pseudo_random bool 2800
overlapping bool 2800
)",
    R"(deterministic bool 2800
epsilon float 2517b7d138
exponential_avg_factor float 250000803f
resize_align_corners bool 2800
bad_indices_policy string 1200
batch_dims int 1800
post_nms_topn int 18ac02
old_vocab_size int 18ffffffffffffffffff01
reshuffle_each_iteration bool 2801
use_node_name_sharing bool 2800
dtype type 3003
Treal type 3001
fill_mode string 1208434f4e5354414e54
max_images int 1803
bad_color tensor 421008041204120208043a06ff010000ff01
shape shape 3a00
layout list(int) 0a00
layouts list(int) 0a00
vocab_size int 18ffffffffffffffffff01
delimiter string 120109
offset int 1800
foo int 1801
config string 1200
output_types list(type) 0a00
depth_radius int 1805
bias float 250000803f
alpha float 250000803f
beta float 250000003f
alpha float 25cdcc4c3e
deterministic string 120764656661756c74
out_idx type 3003
max_rows_in_memory int 18ffffffffffffffffff01
)",
    R"(compression string 1200
table_id int 18ffffffffffffffffff01
table_name string 1200
out_type type 3003
output_idx_type type 3003
capacity int 1800
memory_limit int 1800
Tcaptured list(type) 0a00
transpose_a bool 2800
transpose_b bool 2800
grad_a bool 2800
grad_b bool 2800
Tindex type 3009
align string 120a52494748545f4c454654
TInput type 3001
include_batch_in_index bool 2800
Targmax type 3009
delete_old_dirs bool 2801
allow_missing_files bool 2800
upper_frequency_limit float 2500007a45
lower_frequency_limit float 250000a041
filterbank_channel_count int 1828
dct_coefficient_count int 180d
Tpaddings type 3003
algorithm int 1800
cpu_budget int 1800
ram_budget int 1800
output_dtype type 3009
N int 1803
T type 300a
N int 1802
dtype type 3009
)",
    R"(shape_dtype type 3009
iou_threshold float 250000003f
T_threshold type 3001
pad_to_max_output_size bool 2800
TI type 3009
default_float float 250000f642
optimization_configs list(string) 0a00
axis int 1800
use_unbounded_threadpool bool 2800
ragged_keys list(string) 0a00
ragged_value_types list(type) 0a00
ragged_split_types list(type) 0a00
Ncontext_sparse int 1800
Ncontext_dense int 1800
Nfeature_list_sparse int 1800
Nfeature_list_dense int 1800
context_sparse_types list(type) 0a00
Tcontext_dense list(type) 0a00
feature_list_dense_types list(type) 0a00
context_dense_shapes list(shape) 0a00
feature_list_sparse_types list(type) 0a00
feature_list_dense_shapes list(shape) 0a00
context_ragged_value_types list(type) 0a00
context_ragged_split_types list(type) 0a00
feature_list_ragged_value_types list(type) 0a00
feature_list_ragged_split_types list(type) 0a00
config_proto string 1200
executor_type string 1200
shape shape 3a021801
T type 3007
slack_period int 1800
legacy_autotune bool 2801
)",
    R"(buffer_size_min int 1800
message string 1200
first_n int 18ffffffffffffffffff01
output_stream string 1206737464657272
end string 12010a
component_types list(type) 0a00
signed_input bool 2801
range_given bool 2800
input_min float 2500000000
input_max float 2500000000
round_mode string 120c48414c465f544f5f4556454e
range_given bool 2801
round_mode string 121348414c465f415741595f46524f4d5f5a45524f
ensure_minimum_range float 250ad7233c
Toutput type 300d
out_type type 300d
padding_list list(int) 0a00
out_type type 300c
out_type type 300b
output_range_given bool 2800
given_y_min float 2500000000
given_y_max float 2500000000
variance_epsilon float 25acc52737
min_separation float 256f12833a
Tactivation type 300c
input_quant_mode string 12094d494e5f4649525354
Toutput type 300c
align_corners bool 2800
half_pixel_centers bool 2800
Tsplits type 3009
rerandomize_each_iteration bool 2800
rounds int 1804
)",
    R"(R type 3002
min_after_dequeue int 1800
replicate_on_split bool 2800
file_random_seed int 18ad02
file_shuffle_shift_ratio float 2500000000
file_buffer_size int 18904e
file_parallelism int 1810
batch_size int 1820
client_terminated bool 2800
separator string 1200
replace_global bool 2801
element_spec string 1200
requested_dataset_id string 1200
T type 300d
begin_mask int 1800
end_mask int 1800
ellipsis_mask int 1800
new_axis_mask int 1800
shrink_axis_mask int 1800
preferred_shard int 18ffffffffffffffffff01
batch_dim int 1800
Tlen type 3009
Index type 3003
squeeze_dims list(int) 0a00
list_registered_methods bool 2800
Tin list(type) 0a00
input_specs string 1200
min_object_covered float 25cdcccc3d
aspect_ratio_range list(float) 0a0a22080000403f713daa3f
area_range list(float) 0a0a2208cdcc4c3d0000803f
max_attempts int 1864
use_image_if_no_bounding_boxes bool 2800
)",
    R"(use_shard_func bool 2801
kernel_type string 12086c616e637a6f7333
antialias bool 2801
use_default_device bool 2801
adaptative bool 2800
adaptive bool 2800
Tnumsegments type 3003
NN int 1800
out_type type 3007
require_non_empty bool 2800
window_size int 1805
min_count int 1805
subsample float 256f12833a
drop_remainder bool 2801
reader_path_prefix string 1200
writer_path_prefix string 1200
shard_size_bytes int 188080808028
pending_snapshot_expiry_seconds int 1880a305
num_reader_threads int 1801
reader_buffer_size int 1801
num_writer_threads int 1801
writer_buffer_size int 1801
shuffle_on_read bool 2800
mode string 12046175746f
snapshot_name string 1200
reader_prefix string 1200
writer_prefix string 1200
hash_valid bool 2800
hash int 1800
a_is_sparse bool 2800
b_is_sparse bool 2800
Ta type 3001
)",
    R"(Tb type 3001
adjoint_a bool 2800
adjoint_b bool 2800
transpose_output bool 2800
conjugate_output bool 2800
conjugate bool 2800
Tsegmentids type 3003
sparse_gradient bool 2800
Tlabels type 3009
Tindices type 3009
stack_name string 1200
swap_memory bool 2800
T type 3002
dtype type 3017
Tseed type 3009
shape_dtype type 3003
template string 12022573
placeholder string 12022573
unit string 120442595445
skip_empty bool 2801
maxsplit int 18ffffffffffffffffff01
out_type type 3001
autotuner_thresh int 1800
partition_dim int 1800
is_packed bool 2800
num_cores_per_replica int 1801
topology string 1200
use_tpu bool 2801
device_assignment list(int) 0a00
computation_shape list(int) 0a00
host_compute_core list(string) 0a00
padding_map list(string) 0a00
)",
    R"(step_marker_location string 1212535445505f4d41524b5f41545f454e545259
allow_soft_placement bool 2800
use_spmd_for_xla_partitioning bool 2800
use_shardy_partitioner bool 2800
tpu_compile_options_proto string 1200
is_mirrored_variable bool 2800
index int 18ffffffffffffffffff01
var_name string 1200
dynamic_size bool 2800
clear_after_read bool 2801
tensor_array_name string 1200
element_shape shape 3a021801
element_shape_except0 shape 3a021801
identical_element_shapes bool 2800
resize_if_index_out_of_bounds bool 2800
num_elements int 18ffffffffffffffffff01
is_files bool 2800
description string 1200
labels list(string) 0a00
display_name string 1200
skip_header_lines int 1800
Tmultiples type 3003
sorted bool 2801
Tk type 3003
partial_pivoting bool 2801
perturb_singular bool 2800
errors string 12077265706c616365
replacement_char int 18fdff03
replace_control_characters bool 2800
quantization_axis int 18ffffffffffffffffff01
lhs_quantization_axis int 18ffffffffffffffffff01
rhs_quantization_axis int 18ffffffffffffffffff01
)",
    R"(output_quantization_axis int 18ffffffffffffffffff01
window_strides list(int) 0a00
explicit_padding list(int) 0a00
lhs_dilation list(int) 0a00
rhs_dilation list(int) 0a00
batch_group_count int 1801
feature_group_count int 1801
dimension_numbers string 1200
input_quantization_axis int 18ffffffffffffffffff01
Taxis type 3009
debug_name string 1200
allowed_devices list(string) 0a00
dim_args_spec list(string) 0a00
platforms list(string) 0a00
function_list list(func) 0a00
has_token_input_output bool 2800
disabled_checks list(string) 0a00
send_key string 1200
recv_key string 1200
cost_estimate_ns int 18c0843d
tpu_core int 1800
NumLearningRateTags int 1800
sharding string 1200
unspecified_dims list(int) 0a00
clip_weight_min float 25000080ff
clip_weight_max float 250000807f
num_sparsecores_per_device int 18ffffffffffffffffff01
dim int 18ffffffffffffffffff01
num_side_inputs int 1800
activation_mode string 12084964656e74697479
num_host_args int 1800
filter_format string 12044857494f
)",
    R"(fused_ops list(string) 0a00
leakyrelu_alpha float 25cdcc4c3e
Tinput type 300c
Tfilter type 300b
Tbias type 300d
Tdevice_inputs list(type) 0a00
Tdevice_outputs list(type) 0a00
is_filter_const bool 2801
is_bias_const bool 2801
alpha float 2500000000
is_filter_const bool 2800
mode string 12065343414c4544
epsilon float 256f12833a
workspace_enabled bool 2800
is_weight_const bool 2801
Thost_inputs list(type) 0a00
Thost_outputs list(type) 0a00
Tbias type 3001
U type 3001
input_quant_mode string 12065343414c4544
output_quant_mode string 12065343414c4544
reshape bool 2800
mlir_module string 1200
num_distributed_variables int 1800
startup_timeout_sec int 1814
host_mlir_module string 1200
manual_sharding bool 2800
device_type string 1203545055
)",
};

inline constexpr std::string_view kOpTableOps[] = {
    R"(A - !! -
Abort - - !!!#
Abs !# !$ -
AccumulateNV2 !% !& -
AccumulatorApplyGradient !'!(!) - -
AccumulatorNumAccumulated !' !* -
AccumulatorSetGlobalStep !'!+ - -
AccumulatorTakeGradient !'!, !- -
Acos !# !$ -
Acosh !# !$ -
Add !#!$ !. -
AddManySparseToTensorsMap !/!0!1 !2 !$!% !
AddN !% !& -
AddSparseToTensorsMap !/!0!1 !3 !$!% !
AddV2 !#!$ !. -
AdjustContrast !4!5!6!7 !8 -
AdjustContrastv2 !4!5 !9 !&
AdjustHue !4!: !9 !&
AdjustSaturation !4!; !9 !&
All !<!= !> !'!(
AllCandidateSampler !@ !A!B!C !)!* !
AllToAll !D!E !9 - !
Angle !D !F !+!,
AnonymousHashTable - !G - !
AnonymousIterator - !H - !
AnonymousIteratorV2 - !H!I - !
AnonymousIteratorV3 - !H - !
AnonymousMemoryCache - !H!I - !
AnonymousMultiDeviceIterator - !H!I - !
AnonymousMultiDeviceIteratorV3 - !H - !
AnonymousMutableDenseHashTable !J!K !G !-!.!/ !
AnonymousMutableHashTable - !G - !
)",
    R"(AnonymousMutableHashTableOfTensors - !G !- !
AnonymousRandomSeedGenerator !L!M !H!I - !
AnonymousSeedGenerator !L!M!N !H!I - !
Any !<!= !> !'!(
ApplyAdaMax !O!P!Q!R!S!T!U!V!W !X !0
ApplyAdadelta !O!Y!Z!S![!V!W !X !0
ApplyAdagrad !O!Y!S!W !X !0!1
ApplyAdagradDA !O!]!^!W!S!_!`!a !X !0
ApplyAdagradV2 !O!Y!S!V!W !X !0!1
ApplyAdam !O!P!Q!R!b!S!T!U!V!W !X !0!2
ApplyAddSign !O!P!S!c!d!e!W !X !0
ApplyCenteredRMSProp !O!f!g!h!S![!i!V!W !X !0
ApplyFtrl !O!Y!j!W!S!_!`!k !X !0!3
ApplyFtrlV2 !O!Y!j!W!S!_!`!l!k !X !0!3
ApplyGradientDescent !O!c!m !X !0
ApplyMomentum !O!Y!S!W!i !X !0!2
ApplyPowerSign !O!P!S!n!d!e!W !X !0
ApplyProximalAdagrad !O!Y!S!_!`!W !X !0
ApplyProximalGradientDescent !O!c!_!`!m !X !0
ApplyRMSProp !O!g!h!S![!i!V!W !X !0
ApproxTopK !D !o!p !4!5!6!7!8
ApproximateEqual !#!$ !q !9
ArgMax !D!r !s !(!:
ArgMin !D!r !s !(!:
AsString !D !t !;!<!=!>!@
Asin !# !$ -
Asinh !# !$ -
Assert !u!v - !A !
AssertCardinalityDataset !w!x !y -
AssertNextDataset !w!z !y -
AssertPrevDataset !w!z !y -
Assign !{!| !} !B!C
)",
    R"(AssignAdd !{!| !} !0
AssignAddVariableOp !~#! - - !
AssignSub !{!| !} !0
AssignSubVariableOp !~#! - - !
AssignVariableOp !~#! - !D !
AssignVariableXlaConcatND !~!% - !E !
Atan !# !$ -
Atan2 !$!# !. -
Atanh !# !$ -
Attr - - -
AttrBool - - -
AttrBoolList - - -
AttrDefault - - !F
AttrEmptyListDefault - - !G
AttrEnum - - -
AttrEnumList - - -
AttrFloat - - -
AttrListDefault - - !H
AttrListMin - - -
AttrListTypeDefault ###$ - !I
AttrMin - - -
AttrPartialShape - - -
AttrPartialShapeList - - -
AttrShape - - -
AttrShapeList - - -
AttrTypeDefault #% - !I
AudioMicrofrontend #& #' !J!K!L!M!N!O!P!Q!R!S!T!U!V!W!X!Y!Z![!]!^!_!`
AudioSpectrogram #( #) !a
AudioSummary #*#+ #, !b
AudioSummaryV2 #*#+#- #, !b
AutoShardDataset !w#.#/ !y !c!d
AvgPool !| !9 !e
)",
    R"(AvgPool3D !D !9 !f
AvgPool3DGrad #0!W !9 !f
AvgPoolGrad #0!W !9 !e
B - !! -
BandedTriangularSolve #1#2 !9 !g!h
Barrier - !' !i!j!$!% !
BarrierClose !' - !k
BarrierIncompleteSize !' #3 -
BarrierInsertMany !'#4!o - -
BarrierReadySize !' #3 -
BarrierTakeMany !'#5 #6#4#7 !l!m!n
Batch #8 #9#:#; !o!p!$!%!q
BatchCholesky !D !9 -
BatchCholeskyGrad #<!W !9 -
BatchDataset !w#= !y !r
BatchDatasetV2 !w#=#> !y !s!r
BatchFFT #@ #A -
BatchFFT2D #@ #A -
BatchFFT3D #@ #A -
BatchFunction #B#C #D !o!p!$!%!q!t!u!v!w!x!y!z
BatchIFFT #@ #A -
BatchIFFT2D #@ #A -
BatchIFFT3D #@ #A -
BatchMatMul !#!$ !9 !{!|!}!~
BatchMatMulV2 !#!$ !9 !{!|!}!~
BatchMatMulV3 #E#F !F !{!|!}!~
BatchMatrixBandPart !D#G#H #I -
BatchMatrixDeterminant !D !9 -
BatchMatrixDiag #J !9 -
BatchMatrixDiagPart !D #J -
BatchMatrixInverse !D !9 !h
BatchMatrixSetDiag !D#J !9 -
)",
    R"(BatchMatrixSolve #1#2 !9 !h
BatchMatrixSolveLs #1#2#K !9 #!
BatchMatrixTriangularSolve #1#2 !9 !g!h
BatchNormWithGlobalNormalization #L#M#N!e#O #P -
BatchNormWithGlobalNormalizationGrad #L#M#N#O#Q #R#S#T#U#V -
BatchSelfAdjointEig !D !9 -
BatchSelfAdjointEigV2 !D #W#N ##
BatchSvd !D #X#Y#N #$#%
BatchToSpace !D#Z !9 !(
BatchToSpaceND !D#[#] !9 #&#'
BesselI0 !# !$ -
BesselI0e !# !$ -
BesselI1 !# !$ -
BesselI1e !# !$ -
BesselJ0 !# !$ -
BesselJ1 !# !$ -
BesselK0 !# !$ -
BesselK0e !# !$ -
BesselK1 !# !$ -
BesselK1e !# !$ -
BesselY0 !# !$ -
BesselY1 !# !$ -
Betainc #%#^!# !. -
BiasAdd !|#_ !9 !e
BiasAddGrad #` !9 !e
BiasAddV1 !|#_ !9 -
Binary #%#^ #a -
Bincount #b#3#c #d -
Bitcast !D #e -
BitwiseAnd !#!$ !. -
BitwiseOr !#!$ !. -
BitwiseXor !#!$ !. -
)",
    R"(BlockLSTM #f!##g#h#i#j#k#l#^ #m#n#o#p#q#r#s #(#)#*
BlockLSTMGrad #f!##g#h#i#j#k#l#^#m#n#o#p#q#r#s#t#u #v#w#x#y#z#{#|#} -
BlockLSTMGradV2 #f!##g#h#i#j#k#l#^#m#n#o#p#q#r#s#t#u #v#w#x#y#z#{#|#} -
BlockLSTMV2 #f!##g#h#i#j#k#l#^ #m#n#o#p#q#r#s #+#*
BoostedTreesAggregateStats #~$!$#$$ $% -
BoostedTreesBucketize $&$' $( -
BoostedTreesCalculateBestFeatureSplit $)$%$*$+$,$- #~$.$/$0$1$2$3 #,
BoostedTreesCalculateBestFeatureSplitV2 $)$4$5$6$*$+$,$- #~$.$7$/$0$1$2$3 -
BoostedTreesCalculateBestGainsPerFeature $)$8$*$+$,$- $9$:$;$<$= -
BoostedTreesCenterBias $>$@$A$*$+ $B - !
BoostedTreesCreateEnsemble $>$C$D - - !
BoostedTreesCreateQuantileStreamResource $E$F$G - #- !
BoostedTreesDeserializeEnsemble $>$C$D - - !
BoostedTreesEnsembleResourceHandleOp - !~ !$!% !
BoostedTreesExampleDebugOutputs $>$H $I - !
BoostedTreesFlushQuantileSummaries $E $J - !
BoostedTreesGetEnsembleStates $> $C$K$L$M$N - !
BoostedTreesMakeQuantileSummaries $&$O$F $J -
BoostedTreesMakeStatsSummary #~$!$#$P $% -
BoostedTreesPredict $>$H $Q - !
BoostedTreesQuantileStreamResourceAddSummaries $E$J - - !
BoostedTreesQuantileStreamResourceDeserialize $E$R - - !
BoostedTreesQuantileStreamResourceFlush $E$S - #. !
BoostedTreesQuantileStreamResourceGetBucketBoundaries $E $' - !
BoostedTreesQuantileStreamResourceHandleOp - !~ !$!% !
BoostedTreesSerializeEnsemble $> $C$D - !
BoostedTreesSparseAggregateStats #~$!$#$T$U$V $W$X$Y -
BoostedTreesSparseCalculateBestFeatureSplit $)$W$X$Y$*$+$,$- #~$.$/$0$1$2$3 #,
BoostedTreesTrainingPredict $>$Z$[$H $]$^#~ - !
BoostedTreesUpdateEnsemble $>$7$_$`$a$b$c$d$e - - !
BoostedTreesUpdateEnsembleV2 $>$f$g$_$`$a$b$c$h$d$e$i - #/#0 !
BroadcastArgs $j$k $l !I
)",
    R"(BroadcastGradientArgs $j$k $l$m !I
BroadcastTo !D$n !9 !(
Bucketize !D $o -
BytesProducedStatsDataset !w#* !y -
CSRSparseMatrixComponents $p$q $r$s$t -
CSRSparseMatrixToDense $u $v -
CSRSparseMatrixToSparseTensor $w #6$t$x -
CSVDataset $y$z${$|$}$~%!%#%$ !y - !
CSVDatasetV2 $y$z${$|$}$~%!%#%$%% !y - !
CTCBeamSearchDecoder %&%' %(%)%*%+ #1!&
CTCGreedyDecoder %&%' %,%-%.%+ #2#3!&
CTCLoss %&%/%0%' %1%2 #4#5#6!&
CTCLossV2 %3%/%0%' %4%5 #4#5#6
CacheDataset !w%6 !y !r
CacheDatasetV2 !w%6%7 !y !r !
CalibrationStatisticsSaver %8 - - !
Case %9%: %; #7 !
Cast %< %= #8
Ceil !# !$ -
CheckNumerics %> !9 - !
CheckNumericsV2 %> !9 - !
CheckPinned %> !9 -
Cholesky !D !9 -
CholeskyGrad #<!W !9 -
ChooseFastestBranchDataset !w%@%A%B !y -
ChooseFastestDataset %C !y -
ClipByValue #L%D%E !9 -
CloseSummaryWriter %F - - !
CollateTPUEmbeddingMemory %G %H - !
CollectiveAllToAllV2 !D%I%J%K%L %M #9#:#;#< !
CollectiveAllToAllV3 !D%N!E %M #: !
CollectiveAssignGroupV2 !E%O%P %I%J - !
)",
    R"(CollectiveBcastRecv - %M #9#: !
CollectiveBcastRecvV2 %I%J%K%Q %M #=#9#: !
CollectiveBcastSend !D %M #9#: !
CollectiveBcastSendV2 !D%I%J%K %M #9#: !
CollectiveGather !D %M #9#: !
CollectiveGatherV2 !D%I%J%K%L %M #9#:#;#< !
CollectiveInitializeCommunicator %J%R%I %N #9#: !
CollectivePermute !D%S !9 - !
CollectiveReduce !D %M #>#9#: !
CollectiveReduceScatterV2 !D%I%J%K%L %M #9#:#;#<#@ !
CollectiveReduceV2 !D%I%J%K%L %M #9#:#;#<#@ !
CollectiveReduceV3 !D%N!E %M #: !
CombinedNonMaxSuppression %T%U%V%W%X%Y %Z%[%]%^ #A#B
Complex %_%` %a !&#C
ComplexAbs !# %b !+!,
ComplexStruct - %c%d%e -
CompositeTensorVariantFromComponents %f %g -
CompositeTensorVariantToComponents %g %f -
CompressElement %h %i -
ComputeAccidentalHits !@!A !p%j%k !)!*
ComputeBatchSize !w #= -
ComputeDedupDataSize - #5 - !
ComputeDedupDataSizeV2 - #5 - !
ComputeDedupDataTupleMask - %l - !
ComputeDedupDataTupleMaskV2 - %l - !
Concat %m%n !9 -
ConcatOffset %m%o %p #D
ConcatV2 %n%q !9 !(
ConcatenateDataset !w%r !y !r
ConditionalAccumulator - !' !$!%#E !
ConfigureAndInitializeGlobalTPU - $o #F !
ConfigureDistributedTPU - %s #G#H#I#J#K#L !
)",
    R"(ConfigureTPUEmbedding - - - !
ConfigureTPUEmbeddingHost %t%u %v - !
ConfigureTPUEmbeddingMemory %t %u - !
Conj !D !9 !+
ConjugateTranspose !#%w !$ #M
ConnectTPUEmbeddingHosts %x - - !
Const - %y -
ConstructionFails - - -
ConsumeMutexLock %z - - !
ControlTrigger - - -
Conv !D%{ !9 #N#O#P#Q#R
Conv2D !D%{ !9 #S#N!e#T
Conv2DBackpropFilter !D%|#` !9 #S#N!e#T
Conv2DBackpropFilterV2 !D%{#` !9 #S#N!e#T
Conv2DBackpropInput %}%{#` !9 #S#N!e#T
Conv2DBackpropInputV2 !D%{#` !9 #S#N!e#T
Conv3D !D%{ !9 !f#U
Conv3DBackpropFilter !D%{#` !9 #U
Conv3DBackpropFilterV2 !D%|#` !9 !f#U
Conv3DBackpropInput !D%{#` !9 #U
Conv3DBackpropInputV2 %~%{#` !9 !f#U#=
ConvertToCooTensor &!&#%k &$&%$. - !
ConvertToListOfSparseCoreCooTensors &!&#%k &&&'&( -
ConvertToSparseCoreCsrWrappedCooTensor &)&*&+&,&- &.&/&0&1&2&3&4 -
Copy !D !9 #V#W
CopyHost !D !9 #V#W
CopyOp #% #^ -
CopyToMesh !D !9 -
CopyToMeshGrad !D&5 !9 -
Cos !# !$ -
Cosh !# !$ -
CountUpTo !{ !9 -
)",
    R"(CreateSummaryDbWriter %F&6&7&8&9 - - !
CreateSummaryFileWriter %F&:&;&<&= - - !
CropAndResize &>%T&@&A &B #X#Y
CropAndResizeGradBoxes &C&>%T&@ !8 #X
CropAndResizeGradImage &C%T&@&D !9 #X
Cross #%#^ &E -
CrossReplicaSum !D!E !9 - !
CudnnRNN !D&F&G&H !9&I&J&K #Z#[#]#^!)!*#_ !
CudnnRNNBackprop !D&F&G&H!9&I&J&L&M&N&K &O&P&Q&R #Z#[#]#^!)!* !
CudnnRNNBackpropV2 !D&F&G&H!9&I&J&L&M&N&K&S &O&P&Q&R #Z#[#]#^!)!* !
CudnnRNNBackpropV3 !D&F&G&H&T!9&I&J&L&M&N&K&S &O&P&Q&R #Z#[#]#^!)!*#`#a !
CudnnRNNCanonicalToParams &U&V&W&X&Y &H #Z#[#]#^!)!*
CudnnRNNCanonicalToParamsV2 &U&V&W&Z&[ &H #Z#[#]#^!)!*#`
CudnnRNNParamsSize &U&V&W &] #Z#[#]#^!)!*#`
CudnnRNNParamsToCanonical &U&V&W&H &X&Y #Z#[#]#^!)!*
CudnnRNNParamsToCanonicalV2 &U&V&W&H &Z&[ #Z#[#]#^!)!*#`
CudnnRNNV2 !D&F&G&H !9&I&J&K&S #Z#[#]#^!)!*#_ !
CudnnRNNV3 !D&F&G&H&T !9&I&J&K&S #Z#[#]#^!)!*#`#_#a !
Cumprod !#%q #a #b#c!(
Cumsum !#%q #a #b#c!(
CumulativeLogsumexp !#%q #a #b#c!(
CustomAggregator #( !8&^&_&` #d#e#f#g
DTensorAllGather !D !9 -
DTensorAllReduce !D!E !9 -
DTensorAllScatter !D !9 -
DTensorAllToAll !D !9 -
DTensorReduceScatter !D!E&a !9 -
DTensorRestoreV2 &b&c&d &e - !
DTensorSetGlobalTPUArray %s - - !
DataFormatDimMap !# !$ !I#h#i
DataFormatVecPermute !# !$ !I#h#i
DataServiceDataset &f&g&h&i&j&k&l !y #j#k#l#m !
)",
    R"(DataServiceDatasetV2 &f&g&h&i&j&m&n&k&l !y #j#k#l#m !
DataServiceDatasetV3 &f&g&h&i&j&m&n&k&l !y #j#k#l#n#m !
DataServiceDatasetV4 &o&g&h&i&j&m&n&k&l !y #j#k#l#n#m !
DatasetCardinality !w !x #o
DatasetFingerprint !w &p -
DatasetFromGraph &q !y -
DatasetToGraph !w &r #p#q#r
DatasetToGraphV2 !w &r #s#r
DatasetToSingleElement &s &t !r !
DatasetToTFRecord !w%6$z - - !
Dawsn !# !$ -
DebugGradientIdentity !D !9 -
DebugGradientRefIdentity &u &v -
DebugIdentity !D !9 #t#V#u#v
DebugIdentityV2 !D !9 #w#x#y#z#u#{#| !
DebugIdentityV3 !D !9 #t#V#}#~$!#u#v !
DebugNanCount !D &w #t#V#u#v
DebugNumericSummary !D &x #t#V#u$#$$$%#v
DebugNumericSummaryV2 !D &y $&#z$'
DecodeAndCropJpeg &z&{ &| $($)$*$+$,$-
DecodeBase64 &} !t -
DecodeBmp &z &| $(
DecodeCSV &~'! '# $.$/$0$1
DecodeCompressed '$ !t $2
DecodeGif &z &| -
DecodeImage &z '% $($3$4
DecodeJSONExample '& '' -
DecodeJpeg &z &| $($)$*$+$,$-
DecodeJxl &z '% $($3
DecodePaddedRaw '(') '* $5
DecodePng &z '% $($3
DecodeProtoV2 '$ '+', $6$7$8
)",
    R"(DecodeRaw '$ '* $5
DecodeWav &z '-'. $9$:
DecodeWebP &z '% $($3
DeepCopy !# !$ - !
DefaultAttrs - - $;$<$=$>$@$A$B$C$D$E$F$G$H$I
DeleteIterator !H!I - - !
DeleteMemoryCache !H!I - - !
DeleteMultiDeviceIterator '/'0!I - - !
DeleteRandomSeedGenerator !H!I - - !
DeleteRpcFutureResource !H!I - - !
DeleteSeedGenerator !H!I - - !
DeleteSessionTensor '1 - - !
DenseBincount '2'3#c !9 $J
DenseCountSparseOutput !o'4 '5'6'7 $K$L
DenseToCSRSparseMatrix '8#6 '9 -
DenseToDenseSetOperation ':'; '<'='> $M
DenseToSparseBatchDataset !w#='@ !y -
DenseToSparseSetOperation ':'A'B'C '<'='> $M
DepthToSpace !D !9 !e
DepthwiseConv2dNative !D%{ !9 #N!e#T
DepthwiseConv2dNativeBackpropFilter !D%|#` !9 #N!e#T
DepthwiseConv2dNativeBackpropInput %}%{#` !9 #N!e#T
Dequantize !D'D'E %y $N$O$P$Q
DeserializeIterator 'F'G - - !
DeserializeManySparse 'H !/'I!1 -
DeserializeSparse 'J !/'I!1 $R
DestroyResourceOp !~ - $S !
DestroyTemporaryVariable !{ !| -
DeviceIndex - $q - !
DevicePlacementOp - 'K - !
Diag #J !9 -
DiagPart !D #J -
)",
    R"(Digamma !# !$ -
Dilation2D !D%{ !9 -
Dilation2DBackpropFilter !D%{#` 'L -
Dilation2DBackpropInput !D%{#` 'M -
DirectedInterleaveDataset 'N'O !y $T
DisableCopyOnRead !~ - - !
DistributedSave &s'P&h - !r !
Div !#!$ !. -
DivNoNan !#!$ !. -
DrawBoundingBoxes !4%T !9 !&
DrawBoundingBoxesV2 !4%T'Q !9 !&
DtypeWithDefaultOp 'R 'S $U !
DummyIterationCounter - !H - !
DummyMemoryCache - !H - !
DummySeedGenerator - !H - !
DumpTensor 'T - - !
DynamicEnqueueTPUEmbeddingArbitraryTensorBatch 'U'V'W'X'Y - $V$W$X$Y !
DynamicEnqueueTPUEmbeddingRaggedTensorBatch 'Z'V'W'X'Y - $V$W$X$Y$Z$[ !
DynamicPartition %M'[ '] -
DynamicStitch '^'_ '` -
EagerPyFunc %: %; $] !
EditDistance 'a'b'c'd'e'f !8 $^
Eig !D 'g'h ##
Einsum !% !9 -
Elu 'i 'j -
EluGrad 'k'l 'm -
Empty 'n %y $_ !
EmptyTensorList 'o'p !y -
EmptyTensorMap - !y -
EncodeBase64 &} !t $`
EncodeJpeg &| &z $a$b$c$d$e$f$g$h$i
EncodeJpegVariableQuality 'q'r &z -
)",
    R"(EncodePng &> &z $j$U
EncodeProto '+'s '$ $6
EncodeWav '-'. &z -
EnqueueTPUEmbeddingArbitraryTensorBatch 'U'V'W'X - $V$W$X$k$Y !
EnqueueTPUEmbeddingBatch 't'X - $k$Y !
EnqueueTPUEmbeddingIntegerBatch 'u'X - $k !
EnqueueTPUEmbeddingRaggedTensorBatch 'Z'V'W'X - $V$W$X$k$Y$Z$[ !
EnqueueTPUEmbeddingSparseBatch 'v'V'W'X - $V$W$X$k$Y !
EnqueueTPUEmbeddingSparseTensorBatch 'v'V'W'X - $V$W$X$k$Y$Z$[ !
EnsureShape !D !9 -
Enter %M !9 $l$m
Equal !#!$ !q $n
Erf !# !$ -
Erfc !# !$ -
Erfinv !# !$ -
EuclideanNorm !D!= !9 !'!(
ExecuteTPUEmbeddingPartitioner - %t - !
Exit %M !9 -
Exp !# !$ -
ExpandDims !D'w !9 $o
ExperimentalAssertNextDataset !w!z !y -
ExperimentalAutoShardDataset !w#.#/ !y !c
ExperimentalBytesProducedStatsDataset !w#* !y -
ExperimentalCSVDataset $y$z${$|$}$~%!%#%$ !y - !
ExperimentalChooseFastestDataset %C !y -
ExperimentalDatasetCardinality !w !x -
ExperimentalDatasetToTFRecord !w%6$z - - !
ExperimentalDenseToSparseBatchDataset !w#='@ !y -
ExperimentalDirectedInterleaveDataset 'N'O !y -
ExperimentalGroupByReducerDataset !w'x'y'z'{ !y - !
ExperimentalGroupByWindowDataset !w'x'z'| !y -
ExperimentalIgnoreErrorsDataset !w !y $p
)",
    R"(ExperimentalIteratorGetDevice !~ 'K - !
ExperimentalLMDBDataset $y !y - !
ExperimentalLatencyStatsDataset !w#* !y -
ExperimentalMapAndBatchDataset !w%B#='}#> !y $q
ExperimentalMapDataset !w%B !y $r$q$s
ExperimentalMatchingFilesDataset '~ !y - !
ExperimentalMaxIntraOpParallelismDataset !w(! !y -
ExperimentalNonSerializableDataset !w !y -
ExperimentalParallelInterleaveDataset !w%B(#($(%(&(' !y -
ExperimentalParseExampleDataset !w'}(( !y $t
ExperimentalPrivateThreadPoolDataset !w() !y -
ExperimentalRandomDataset !L!M !y - !
ExperimentalRebatchDataset !w(* !y $u
ExperimentalScanDataset !w(+%B !y $q
ExperimentalSetStatsAggregatorDataset !w(,#*(- !y - !
ExperimentalSleepDataset !w(. !y -
ExperimentalSlidingWindowDataset !w(/(0(1 !y -
ExperimentalSqlDataset (2(3(4 !y - !
ExperimentalStatsAggregatorHandle - !H !$!% !
ExperimentalStatsAggregatorSummary (5 #, - !
ExperimentalTakeWhileDataset !w%B !y -
ExperimentalThreadPoolDataset !w(6 !y - !
ExperimentalThreadPoolHandle - !H $v!$!% !
ExperimentalUnbatchDataset !w !y -
ExperimentalUniqueDataset !w !y -
Expint !# !$ -
Expm1 !# !$ -
ExtractGlimpse #(#3(7 (8 $w$x$y$z
ExtractGlimpseV2 #(#3(7 (8 $w$x$y$z
ExtractImagePatches !4 (9 -
ExtractJpegShape &z (: ${
ExtractVolumePatches !D (9 -
)",
    R"(FFT (; (< $|
FFT2D (; (< $|
FFT3D (; (< $|
FFTND (;(=(> (< $|
FIFOQueue - !' !i!j!$!% !
FIFOQueueV2 - !H !i!j!$!% !
Fact - (@ -
FakeParam - %y -
FakeQuantWithMinMaxArgs %3 (A $}$~%!$O
FakeQuantWithMinMaxArgsGradient $!%3 (B $}$~%!$O
FakeQuantWithMinMaxVars %3&^&_ (A %!$O
FakeQuantWithMinMaxVarsGradient $!%3&^&_ (C(D(E %!$O
FakeQuantWithMinMaxVarsPerChannel %3&^&_ (A %!$O
FakeQuantWithMinMaxVarsPerChannelGradient $!%3&^&_ (C(D(E %!$O
FakeQueue !~ !' - !
FileSystemSetConfiguration (F(G(H - - !
Fill (I!| !9 %#
FilterByLastComponentDataset !w (J -
FilterDataset !w%B !y !r
FinalizeDataset !w !y %$
FinalizeTPUEmbedding %t%u - - !
FinalizeTPUEmbeddingV2 %t%u (K(L - !
Fingerprint %M(M (N -
FiveFloatOutputs - (O(P(Q(R(S -
FixedLengthRecordDataset $y(T(U(V${ !y !r !
FixedLengthRecordDatasetV2 $y(T(U(V${$z !y !r !
FixedLengthRecordReader - (W %%%&%'!$!% !
FixedLengthRecordReaderV2 - (X %%%&%'!$!%%( !
FixedUnigramCandidateSampler !@ !A!B!C %)%*%+%,%-%.!)!* !
FlatMapDataset !w%B !y !r
FloatInput (O - -
FloatOutput - (O -
)",
    R"(FloatOutputStringOutput - (O(Y -
Floor !# !$ -
FloorDiv !#!$ !. -
FloorMod !#!$ !. -
FlushSummaryWriter %F - - !
Foo1 (O(Z([ (R(] -
Foo2 (O(Y(^ (R(] -
Foo3 (O(Y(Q (R(] -
For (_(`(a(b (c -
FractionalAvgPool !| !9(d(e %/%0%1!)!*
FractionalAvgPoolGrad (f#`(d(e !9 %0
FractionalMaxPool !| !9(d(e %/%0%1!)!*
FractionalMaxPoolGrad (g(h#`(d(e !9 %0
FresnelCos !# !$ -
FresnelSin !# !$ -
FuncAttr - - -
FuncListAttr - - -
FusedBatchNorm !#(i(j(k(l !$(m(n(o(p %2%3!e#_
FusedBatchNormGrad (q!#(i(o(p (r(s(t(u(v %2!e#_
FusedBatchNormGradV2 (q!#!;(w(x (r(y(z({(| %2!e#_
FusedBatchNormGradV3 (q!#!;(w(x({ (r(y(z(|(} %2!e#_
FusedBatchNormV2 !#(~)!)#)$ !$)%)&(w(x %2%3!e#_
FusedBatchNormV3 !#(~)!)#)$ !$)%)&(w(x({ %2%3!e#_
FusedPadConv2D !D)'%{ !9 -
FusedResizeAndPadConv2D !D#3)'%{ !9 %4
GRUBlockCell !##h)()))*)+ ),#Y)-#s -
GRUBlockCellGrad !##h)()))*)+),#Y)-). )/)0)1)2 -
Gather )3)4 )5 $M
GatherNd )3)4 )5 %5
GatherV2 )3)4)6 )5 %6
GenerateBoundingBoxProposals %U)7)8)9):);)< )=)> %7
GenerateVocabRemapping )@)A )B)C %8
)",
    R"(GeneratorDataset )D)E)F !y !r !
GetDeadline - )G -
GetElementAtIndex &s#/ &t -
GetMinibatchSplitsWithPhysicalReplica )H&$&%$. )I)J&1&-)K)L)M - !
GetMinibatchesInCsrWithPhysicalReplica )H&$&%$.&-)K &.&/&0&1&2&3)N - !
GetOptions !w )O -
GetSessionHandle !| '1 - !
GetSessionHandleV2 !| !H - !
GetSessionTensor '1 #! - !
GetStatsFromListOfSparseCoreCooTensors )P)Q)R )S)T -
GetTpuTaskId - )U -
GlobalIterId - )V - !
GlobalShuffleDataset !w!L!M)W !y %9!r !
GraphDefVersion - )X - !
Greater !#!$ !q -
GreaterEqual !#!$ !q -
GroupByReducerDataset !w'x'y'z'{ !y - !
GroupByWindowDataset !w'x'z'| !y !r
GuaranteeConst !D !9 - !
HSVToRGB !4 !9 !&
HashTable - )Y !$!%%: !
HashTableV2 - !G !$!%%: !
HistogramFixedWidth !o)Z)[ )] %;
HistogramSummary #*!o #, !&
HostConst - %y -
IFFT (; (< $|
IFFT2D (; (< $|
IFFT3D (; (< $|
IFFTND (;(=(> (< $|
IRFFT (;(= )^ %<$|
IRFFT2D (;(= )^ %<$|
IRFFT3D (;(= )^ %<$|
)",
    R"(IRFFTND (;(=(> )^ %<$|
Identity !D !9 -
IdentityN (b (c -
IdentityReader - (W !$!% !
IdentityReaderV2 - (X !$!% !
If )_%: %; #7 !
Igamma #%!# !. -
IgammaGradA #%!# !. -
Igammac #%!# !. -
IgnoreErrorsDataset !w !y $p
Imag !D !F !+!,
ImageProjectiveTransformV2 )`)a%l )b %=
ImageProjectiveTransformV3 )`)a%l)c )b %=
ImageSummary #*%> #, %>!&%@
ImmutableConst - )d -
ImportEvent %F)e - - !
InPolymorphicTwice ##)f - !I
InTopK )g)h )i !I
InTopKV2 )g)h)j )i !I
IndexFlatMapDataset !w)k)l)m !y !r
InfeedDequeue - %y - !
InfeedDequeueTuple - )n - !
InfeedEnqueue )o - %A%B$k !
InfeedEnqueuePrelinearizedBuffer )p - $k
InfeedEnqueueTuple )q - %C$k !
InitializeTable )Y)r)s - -
InitializeTableFromDataset !G&s - - !
InitializeTableFromTextFile )Y%6 - %D%E%F
InitializeTableFromTextFileV2 !G%6 - %D%E%F !
InitializeTableV2 !G)r)s - - !
InplaceAdd !#)t#N !$ -
InplaceSub !#)t#N !$ -
)",
    R"(InplaceUpdate !#)t#N !$ -
Int64Output - )u -
IntAttr - )u %G
IntInput )v - -
IntInputFloatInput )v(P - -
IntInputIntOutput )v (Z -
IntOutput - )v -
IntOutputFloatOutput - )v(P -
InterleaveDataset !w%B(#($ !y !r
Inv !# !$ -
InvGrad !$)w !. -
Invert !# !$ -
InvertPermutation !# !$ !I
IsBoostedTreesEnsembleInitialized $> )x - !
IsBoostedTreesQuantileStreamResourceInitialized $E )x - !
IsFinite !# )y -
IsInf !# )y -
IsNan !# )y -
IsResourceHandleRefCounting !H )z - !
IsTPUEmbeddingInitialized - ){ %H !
IsTensorFloat32Enabled - )| - !
IsVariableInitialized )} )x -
IsotonicRegression !D &y)~ $&
Iterator - !H - !
IteratorFromStringHandle *! 'F %I#7 !
IteratorFromStringHandleV2 *! 'F %I#7 !
IteratorGetDevice !~ 'K - !
IteratorGetModelProto (5 *# - !
IteratorGetNext (5 &t - !
IteratorGetNextAsOptional (5 *$ - !
IteratorGetNextSync (5 &t - !
IteratorToStringHandle 'F *! - !
)",
    R"(IteratorV2 - !H - !
KMC2ChainInitialization *%!L #/ -
KernelLabel - *& -
KernelLabelRequired *' *& -
KmeansPlusPlusInitialization *(*)!L** *+ -
KthOrderStatistic #( !8 -
L2Loss #L !9 -
LMDBDataset $y !y - !
LMDBReader - (W !$!% !
LRN !D !9 %J%K%L%M!&
LRNGrad *,*-*. !9 %J%K%L%M!&
LSTMBlockCell !##g#h#i#j#k#l#^ #m#n#o#p#q#r#s #(#)#*
LSTMBlockCellGrad !##g#h#i#j#k#l#^#m#n#o#p#q#r#t#u #w*/#z#{#| -
LatencyStatsDataset !w#* !y -
LeakyRelu 'i 'j %N!&
LeakyReluGrad 'k'i 'm %N!&
LearnedUnigramCandidateSampler !@ !A!B!C !)!* !
LeftShift !#!$ !. -
LegacyParallelInterleaveDatasetV2 !w%B(#($(&(' !y %O!r
Less !#!$ !q -
LessEqual !#!$ !q -
Lgamma !# !$ -
LinSpace *0*1*2 !9 !(
ListDataset *3 !y !r !
ListDiff !#!$ #a*4 %P
ListInput ## - -
ListOutput - *5 -
ListSnapshotChunksDataset *6 !y - !
LoadAllTPUEmbeddingParameters *7*8*9*:*;*<*=*> - - !
LoadAndRemapMatrix *@*A*B*C*D *E %Q !
LoadDataset *F*G !y %R !
LoadTPUEmbeddingADAMParameters *H*I*J - %S%T%H !
)",
    R"(LoadTPUEmbeddingAdadeltaParameters *H*K*L - %S%T%H !
LoadTPUEmbeddingAdagradMomentumParameters *H*K*I - %S%T%H !
LoadTPUEmbeddingAdagradParameters *H*K - %S%T%H !
LoadTPUEmbeddingCenteredRMSPropParameters *H*M*N*O - %S%T%H !
LoadTPUEmbeddingFTRLParameters *H*K*P - %S%T%H !
LoadTPUEmbeddingFrequencyEstimatorParameters *H*Q - %S%T%H !
LoadTPUEmbeddingMDLAdagradLightParameters *H*K%k*R - %S%T%H !
LoadTPUEmbeddingMomentumParameters *H*I - %S%T%H !
LoadTPUEmbeddingProximalAdagradParameters *H*K - %S%T%H !
LoadTPUEmbeddingProximalYogiParameters *H*S*T - %S%T%H !
LoadTPUEmbeddingRMSPropParameters *H*M*N - %S%T%H !
LoadTPUEmbeddingStochasticGradientDescentParameters *H - %S%T%H !
Log !# !$ -
Log1p !# !$ -
LogMatrixDeterminant !D *U*V -
LogSoftmax *W *X -
LogUniformCandidateSampler !@ !A!B!C !)!* !
LogicalAnd *Y)y !q -
LogicalNot *Y )y -
LogicalOr *Y)y !q -
LookupTableExport )Y *Z*[ -
LookupTableExportV2 !G *Z*[ - !
LookupTableFind )Y*]*^ *_ -
LookupTableFindV2 !G*]*^ *_ - !
LookupTableImport )Y*]*_ - -
LookupTableImportV2 !G*]*_ - - !
LookupTableInsert )Y*]*_ - -
LookupTableInsertV2 !G*]*_ - - !
LookupTableRemoveV2 !G*] - - !
LookupTableSize )Y *` -
LookupTableSizeV2 !G *` - !
LoopCond !< !> -
)",
    R"(LowerBound *a!o '* %U
Lu !D *b*c %V
MakeIterator &s(5 - - !
MakeUnique #( !8 -
MakeWeakResourceHandle !H *d - !
MapAndBatchDataset !w%B#='}#> !y $q!r
MapClear - - %W%X!$!% !
MapDataset !w%B !y $r$q$s!r
MapDefun *e*f *g %Y$v
MapIncompleteSize - #3 %W%X!$!% !
MapPeek *h!p *i %W%X!$!% !
MapSize - #3 %W%X!$!% !
MapStage *h!p*j - %W%X!$!% !
MapUnstage *h!p *i %W%X!$!% !
MapUnstageNoKey !p *h*i %W%X!$!% !
MatMul #%#^ &E %Z%[%]%^
MatchingFiles *k $y -
MatchingFilesDataset '~ !y - !
MatrixBandPart !D*l*m #I %_
MatrixDeterminant !D !9 -
MatrixDiag #J !9 -
MatrixDiagPart !D #J -
MatrixDiagPartV2 !D*n*o #J -
MatrixDiagPartV3 !D*n*o #J %`
MatrixDiagV2 #J*n*p*q*o !9 -
MatrixDiagV3 #J*n*p*q*o !9 %`
MatrixExponential !D !9 -
MatrixInverse !D !9 !h
MatrixLogarithm !D !9 -
MatrixSetDiag !D#J !9 -
MatrixSetDiagV2 !D#J*n !9 -
MatrixSetDiagV3 !D#J*n !9 %`
)",
    R"(MatrixSolve #1#2 !9 !h
MatrixSolveLs #1#2#K !9 #!
MatrixSquareRoot !D !9 -
MatrixTriangularSolve #1#2 !9 !g!h
Max !D!= !9 !'!(
MaxIntraOpParallelismDataset !w(! !y -
MaxPool !D !9 !&#N!e
MaxPool3D !D !9 !f
MaxPool3DGrad *r*s!W !9 !f!&%a
MaxPool3DGradGrad (g(h!W !9 !f
MaxPoolGrad (g(h!W !9 #N!e!&
MaxPoolGradGrad (g(h!W !9 !e
MaxPoolGradGradV2 (g(h!W*t*u !9 !e
MaxPoolGradGradWithArgmax !D!W*v !9 %b
MaxPoolGradV2 (g(h!W*t*u !9 !e!&
MaxPoolGradWithArgmax !D!W*v !9 %b
MaxPoolV2 !D*t*u !9 !&!e
MaxPoolWithArgmax !D !9*v %c%b
Maximum !#!$ !. -
Mean !D!= !9 !'!(
Merge !% !9*w -
MergeDedupData *x*y (J %H
MergeSummary *z #, -
MergeV2Checkpoints *{*| - %d%e !
Mfcc #)'. !8 %f%g%h%i
Min !D!= !9 !'!(
Minimum !#!$ !. -
MirrorPad !D*} !9 %j
MirrorPadGrad !D*} !9 %j
MixedStruct - %c(P -
MlirPassthroughOp *~ +! -
Mod !#!$ !. -
)",
    R"(ModelDataset !w !y %k%l%m
Mul !#!$ !. -
MulNoNan !#!$ !. -
MultiDeviceIterator - !H - !
MultiDeviceIteratorFromStringHandle *! '/ %I#7 !
MultiDeviceIteratorGetNextFromShard '/+#+$ &t - !
MultiDeviceIteratorInit &s'/+% +$ - !
MultiDeviceIteratorToStringHandle '/ *! - !
Multinomial *W+& &y !)!*%n !
MutableDenseHashTable !J )Y !$!%%:!-!.!/ !
MutableDenseHashTableV2 !J!K !G !$!%%:!-!.!/ !
MutableHashTable - )Y !$!%%: !
MutableHashTableOfTensors - )Y !$!%%:!- !
MutableHashTableOfTensorsV2 - !G !$!%%:!- !
MutableHashTableV2 - !G !$!%%: !
MutexLock +' %z - !
MutexV2 - !~ !$!% !
NInPolymorphicTwice ###$ - -
NInTwice +(+) - -
NInTwoTypeVariables +*#$ - -
NIntsIn +( - -
NIntsOut - +( -
NIntsOutDefault - +( %o
NPolymorphicIn ## - -
NPolymorphicOut - ## -
NPolymorphicOutDefault - ## %p%q
NPolymorphicRestrictIn ## - -
NPolymorphicRestrictOut - ## -
Namespace>TestStringOutput #( +++, -
NcclAllReduce !D %M - !
NcclBroadcast !D !9 - !
NcclReduce +- %M - !
)",
    R"(Ndtri !# !$ -
NearestNeighbors *(+.+/ +0+1 -
Neg !# !$ -
NegTrain +2+3+4+5+6 - - !
NextAfter +7+8 !9 !&
NextIteration %M !9 -
NoOp - - -
NonDeterministicInts +9 %y %r%s !
NonMaxSuppression %T%U+: +; %t
NonMaxSuppressionV2 +<+=+:+> +; !&%u
NonMaxSuppressionV3 +<+=+:+>+@ +; !&%u
NonMaxSuppressionV4 +<+=+:+>+@ +;+A !&%u%v
NonMaxSuppressionV5 +<+=+:+B+C+D +;+E+A !&%v
NonMaxSuppressionWithOverlaps +F%U+:+G%Y +; -
NonSerializableDataset !w !y -
None - - -
NotEqual !#!$ !q $n
NthElement !D+H !o #c
Old - - -
OneHot +I+J+K+L !9 $P%w
OneShotIterator - !H !$!% !
OnesLike !# !$ -
OpWithDefaultAttr - )v %x
OpWithFutureDefaultAttr - - -
OptimizeDataset !w+M !y %y
OptimizeDatasetV2 !w+N+O+P !y %y
OptionalFromValue +Q *$ -
OptionalGetValue *$ &t -
OptionalHasValue *$ +R -
OptionalNone - *$ -
OptionsDataset !w !y !r
OrderedMapClear - - %W%X!$!% !
)",
    R"(OrderedMapIncompleteSize - #3 %W%X!$!% !
OrderedMapPeek *h!p *i %W%X!$!% !
OrderedMapSize - #3 %W%X!$!% !
OrderedMapStage *h!p*j - %W%X!$!% !
OrderedMapUnstage *h!p *i %W%X!$!% !
OrderedMapUnstageNoKey !p *h*i %W%X!$!% !
OutT - #% -
OutTypeList - +S -
OutTypeListRestrict - +T -
OutfeedDequeue - %y $k !
OutfeedDequeueTuple - )n $k !
OutfeedDequeueTupleV2 'Y )n - !
OutfeedDequeueV2 'Y %y - !
OutfeedEnqueue )o - - !
OutfeedEnqueueTuple )q - - !
Pack %n !9 %z
Pad !D*} !9 %j
PadV2 !D*}+U !9 %j
PaddedBatchDataset !w#=+V+W !y !r
PaddedBatchDatasetV2 !w#=+V+W#> !y !s!r
PaddingFIFOQueue - !' !i!j!$!% !
PaddingFIFOQueueV2 - !H !i!j!$!% !
ParallelBatchDataset !w#='}#> !y !s%O!r
ParallelConcat %n !9 -
ParallelDynamicStitch '^'_ '` -
ParallelFilterDataset !w%B'} !y %O!r
ParallelInterleaveDataset !w%B(#($(%(&(' !y !r
ParallelInterleaveDatasetV2 !w%B(#($'} !y $t!r
ParallelInterleaveDatasetV3 !w%B(#($'} !y %O!r
ParallelInterleaveDatasetV4 !w%B(#($(&(''} !y %O!r
ParallelMapDataset !w%B+X !y $r$t$q!r
ParallelMapDatasetV2 !w%B'} !y $r%O$q%{!r
)",
    R"(ParameterizedTruncatedNormal +Y+Z+[+]+^ %y !)!* !
ParseExample +_+`+a+b(( +c+d+e+f -
ParseExampleDataset !w'}(( !y $t%|%}%~
ParseExampleDatasetV2 !w'}(( !y %O%|%}%~
ParseExampleV2 +_+`+g+h+i(( +j+d+k+f+l+m -
ParseSequenceExample +_+n+o +p+q+r+s+t+u+v+w+x &!&#&$&%&&&'&(&)&*&+
ParseSequenceExampleV2 +_+n+y+z+{+|+}+~,!+o +p+q+r+s,#,$+t+u+v+w+x,%,&,' &!&'&&&,&-&)&$&%&(&*&.&/&+
ParseSingleExample +_(( +j+d+k+f -
ParseSingleSequenceExample +_,(,),*,+,,+o+n +p+q+r+s+t+u+v+w &!&#&$&%&&&'&(&)&*&+
ParseTensor +_ '* -
PartitionedCall %8 %; %H&0&1
Placeholder - %y &2
PlaceholderV2 - %y -
PlaceholderWithDefault )o %y -
Polygamma #%!# !. -
Polymorphic #% #a -
PolymorphicDefaultOut - #a &3
PolymorphicOut - #a -
PopulationCount !# ,- -
Pow !#!$ !. -
PrefetchDataset !w${ !y &4&5&6!r
Prelinearize )o (J %A%B
PrelinearizeTuple )q (J %C
PreventGradient !D !9 &7
Print !D,. !9 &7&8!A !
PrintV2 &} - &9&: !
PriorityQueue - !' &;!j!$!% !
PriorityQueueV2 - !H &;!j!$!% !
PrivateThreadPoolDataset !w() !y -
Prod !D!= !9 !'!(
PyFunc %: %; - !
PyFuncStateless %: %; -
)",
    R"(Qr !D ,/), #%
QuantizeAndDequantize !D !9 &<%!&=&>&@
QuantizeAndDequantizeV2 !D,0,1 !9 &<%!&=&A$O$P
QuantizeAndDequantizeV3 !D,0,1,2 !9 &<&B$O$P
QuantizeAndDequantizeV4 !D,0,1 !9 &<%!&=&A$O$P
QuantizeAndDequantizeV4Grad 'k!D,0,1 &O,3,4 $P
QuantizeDownAndShrinkRange ,5,6,7 '*,8,9 -
QuantizeV2 #('D'E !9,8,9 $N&C$O$P&D
QuantizedAdd ,:,;,<,=,>,@ ,A,B,C &E
QuantizedAvgPool !D,D,E !9,F,G -
QuantizedBatchNormWithGlobalNormalization ,H,I,J,K,L,M,N,O,P,Q,R,S,T,U,V ,W,X,Y -
QuantizedBiasAdd ,Z,[,D,E,],^ '*,_,` -
QuantizedConcat %m%n,a,b !9,8,9 -
QuantizedConcatV2 %n%q,a,b !9,8,9 !(
QuantizedConv2D ,5,c,D,E,d,e '*,F,G &F#T
QuantizedConv2DAndRelu ,5,c,D,E,d,e '*,F,G &F#T&G
QuantizedConv2DAndReluAndRequantize ,5,c,D,E,d,e,f,g '*,F,G &H#T&G
QuantizedConv2DAndRequantize ,5,c,D,E,d,e,f,g '*,F,G &I#T&G
QuantizedConv2DPerChannel ,5,c,D,E,d,e '*,F,G &F#T
QuantizedConv2DWithBias ,5,c,h,D,E,d,e '*,F,G &F#T&G
QuantizedConv2DWithBiasAndRelu ,5,c,h,D,E,d,e '*,F,G &F#T&G
QuantizedConv2DWithBiasAndReluAndRequantize ,5,c,i,D,E,d,e,f,g '*,F,G &H#T&G
QuantizedConv2DWithBiasAndRequantize ,5,c,i,D,E,d,e,f,g '*,F,G &I#T&G
QuantizedConv2DWithBiasSignedSumAndReluAndRequantize ,5,c,i,D,E,d,e,f,g,j,k,l '*,F,G &H#T&G
QuantizedConv2DWithBiasSumAndRelu ,5,c,h,D,E,d,e,m '*,F,G &F#T&G
QuantizedConv2DWithBiasSumAndReluAndRequantize ,5,c,i,D,E,d,e,f,g,j,k,l '*,F,G &H#T&G
QuantizedDepthwiseConv2D ,5,c,D,E,d,e '*,F,G &F#T
QuantizedDepthwiseConv2DWithBias ,5,c,h,D,E,d,e '*,F,G &F#T
QuantizedDepthwiseConv2DWithBiasAndRelu ,5,c,h,D,E,d,e '*,F,G &F#T&G
QuantizedDepthwiseConv2DWithBiasAndReluAndRequantize ,5,c,i,D,E,d,e,f,g '*,F,G &H#T&G
QuantizedInstanceNorm !#,n,o !$,p,q &J&K&L&M&N
QuantizedMatMul ,r,s,t,u,v,w ,x,_,` &E%Z%[&O
)",
    R"(QuantizedMatMulWithBias ,r,s,i,t,u,v,w ,x,_,` &E%Z%[&P
QuantizedMatMulWithBiasAndDequantize ,r,s,i,t,u,v,w,f,g ,x %Z%[&P
QuantizedMatMulWithBiasAndRelu ,r,s,h,t,u,v,w ,x,_,` &E%Z%[&P
QuantizedMatMulWithBiasAndReluAndRequantize ,r,s,i,t,u,v,w,f,g ,x,_,` &Q%Z%[&P
QuantizedMatMulWithBiasAndRequantize ,r,s,i,t,u,v,w,f,g ,x,_,` &Q%Z%[&P
QuantizedMaxPool !D,D,E !9,F,G -
QuantizedMul ,:,;,<,=,>,@ ,A,B,C &E
QuantizedRelu ,y,z,{ ,|,},~ &H
QuantizedRelu6 ,y,z,{ ,|,},~ &H
QuantizedReluX ,y!7,z,{ ,|,},~ &H
QuantizedReshape %>%Q,6,7 !9,8,9 #=
QuantizedResizeBilinear !4#3&^&_ -!-#-$ &R&S
QueueClose !' - !k
QueueCloseV2 !H - !k !
QueueDequeue !' -% !n
QueueDequeueMany !'+H -% !n
QueueDequeueManyV2 !H+H -% !n !
QueueDequeueUpTo !'+H -% !n
QueueDequeueUpToV2 !H+H -% !n !
QueueDequeueV2 !H -% !n !
QueueEnqueue !'%f - !n
QueueEnqueueMany !'%f - !n
QueueEnqueueManyV2 !H%f - !n !
QueueEnqueueV2 !H%f - !n !
QueueIsClosed !' -& -
QueueIsClosedV2 !H -& - !
QueueSize !' #3 -
QueueSizeV2 !H #3 - !
RFFT -'(= (< %<$|
RFFT2D -'(= (< %<$|
RFFT3D -'(= (< %<$|
RFFTND -'(=(> (< %<$|
)",
    R"(RGBToHSV !4 !9 !&
RaggedBincount &--('3#c !9 $J
RaggedCountSparseOutput &-!o'4 '5'6'7 $K$L
RaggedCross -)-*+c-+-,-- -.-/ -
RaggedFillEmptyRows -0!o-1-2 -3-4-5-6 -
RaggedFillEmptyRowsGrad -6-7 -8-9 -
RaggedGather -:-;)4 -<-= &T
RaggedRange ->-@-A -B-C !I&T
RaggedTensorFromVariant -D -E-= &T
RaggedTensorToSparse -F-C !/!0-G &T
RaggedTensorToTensor %Q!o-2-H #P -
RaggedTensorToVariant -F-I -D &T
RaggedTensorToVariantGradient -J-K-L -M &T
RandomCrop &>*` !9 !)!* !
RandomDataset !L!M !y !r !
RandomDatasetV2 !L!M)W !y &U!r !
RandomGamma -N!c !9 !)!* !
RandomGammaGrad !c-O !9 -
RandomIndexShuffle -P-Q-R %y &V
RandomPoisson -N-S %y !)!* !
RandomPoissonV2 -N-T %y !)!*&W%r !
RandomShuffle !| !9 !)!* !
RandomShuffleQueue - !' !i!j&X!)!*!$!% !
RandomShuffleQueueV2 - !H !i!j&X!)!*!$!% !
RandomStandardNormal +Y %y !)!* !
RandomUniform +Y %y !)!* !
RandomUniformInt +Y-U-V !F !)!* !
Range -W-X-Y -Z !(
RangeDataset -[-]-^ !y !r&Y !
Rank !D $o -
ReadFile %6 &z -
ReadVariableOp !~ #! - !
)",
    R"(ReadVariableXlaSplitND !~ -_ !E !
ReaderNumRecordsProduced (W -` -
ReaderNumRecordsProducedV2 (X -` - !
ReaderNumWorkUnitsCompleted (W -a -
ReaderNumWorkUnitsCompletedV2 (X -a - !
ReaderRead (W-b (G(H -
ReaderReadUpTo (W-b-c #4-d -
ReaderReadUpToV2 (X-e-c #4-d - !
ReaderReadV2 (X-e (G(H - !
ReaderReset (W - -
ReaderResetV2 (X - - !
ReaderRestoreState (W-f - -
ReaderRestoreStateV2 (X-f - - !
ReaderSerializeState (W -f -
ReaderSerializeStateV2 (X -f - !
Real !D !F !+!,
RealDiv !#!$ !. -
RebatchDataset !w(* !y $u
RebatchDatasetV2 !w-g#> !y -
Reciprocal !# !$ -
ReciprocalGrad !$)w !. -
RecordInput - &~ &Z&[&]&^&_$2 !
Recv - -h &` !
RecvTPUEmbeddingActivations - -i - !
ReduceDataset !w(+%B &t $r!r !
ReduceJoin -j-k !t !'&a
RefEnter -l &v $l$m
RefExit -l &v -
RefIdentity &u &v -
RefIn -m - -
RefInputFloatInput -n(P - -
RefInputFloatInputIntOutput -n(P ([ -
)",
    R"(RefInputIntInput -o(Z - -
RefMerge -p &v*w -
RefNextIteration -l &v -
RefOut - -m -
RefOutput - -o -
RefOutputFloatOutput - -n(P -
RefSelect $q-p &v -
RefSwitch -l-q -r-s -
RegexFullMatch &}*k !> -
RegexReplace &}*k-t !t &b
RegisterDataset &s&h&i &f &c!r
RegisterDatasetV2 &s&h&i &o &c&d!r
Relayout !D !9 -
RelayoutLike !D-u !9 -
Relu 'i 'j -
Relu6 'i 'j -
Relu6Grad 'k'i 'm -
ReluGrad 'k'i 'm -
RemoteCall -v%8 %; - !
RepeatDataset !w-w !y !r
RequantizationRange ,5,6,7 ,8,9 -
RequantizationRangePerChannel !D,6,7 ,8,9 &e
Requantize ,5,6,7-x-y '*,8,9 -
RequantizePerChannel !D,6,7-x-y '*,8,9 &e&H
RequiresOlderGraphVersion - )X - !
ReservedAttr - - -
ReservedInput *' - -
Reshape %>%Q !9 #=
ResizeArea !4#3 -z &R
ResizeBicubic !4#3 -z &R&S
ResizeBicubicGrad &C-{ !9 &R&S
ResizeBilinear !4#3 -z &R&S
)",
    R"(ResizeBilinearGrad &C-{ !9 &R&S
ResizeNearestNeighbor !4#3 -! &R&S
ResizeNearestNeighborGrad -|#3 !9 &R&S
ResourceAccumulatorApplyGradient !H!(!) - - !
ResourceAccumulatorNumAccumulated !H !* - !
ResourceAccumulatorSetGlobalStep !H!+ - - !
ResourceAccumulatorTakeGradient !H!, !- - !
ResourceApplyAdaMax -}-~.!!R!S!T!U!V!W - !0 !
ResourceApplyAdadelta -}.#.$!S![!V!W - !0 !
ResourceApplyAdagrad -}.#!S!W - !0!1 !
ResourceApplyAdagradDA -}.%.&!W!S!_!`!a - !0 !
ResourceApplyAdagradV2 -}.#!S!V!W - !0!1 !
ResourceApplyAdam -}-~.!!R!b!S!T!U!V!W - !0!2 !
ResourceApplyAdamWithAmsgrad -}-~.!.'!R!b!S!T!U!V!W - !0 !
ResourceApplyAddSign -}-~!S!c!d!e!W - !0 !
ResourceApplyCenteredRMSProp -}.(.).*!S![!i!V!W - !0 !
ResourceApplyFtrl -}.#.+!W!S!_!`!k - !0!3 !
ResourceApplyFtrlV2 -}.#.+!W!S!_!`!l!k - !0!3 !
ResourceApplyGradientDescent -}!c!m - !0 !
ResourceApplyKerasMomentum -}.#!S!W!i - !0!2 !
ResourceApplyMomentum -}.#!S!W!i - !0!2 !
ResourceApplyPowerSign -}-~!S!n!d!e!W - !0 !
ResourceApplyProximalAdagrad -}.#!S!_!`!W - !0 !
ResourceApplyProximalGradientDescent -}!c!_!`!m - !0 !
ResourceApplyRMSProp -}.).*!S![!i!V!W - !0 !
ResourceConditionalAccumulator - !H !$!%#E !
ResourceCountUpTo !~ !9 - !
ResourceCreateOp !~ - - !
ResourceGather !~)4 %y %6$M !
ResourceGatherNd !~)4 %y - !
ResourceInitializedOp !~ ., - !
ResourceScatterAdd !~)4.- - - !
)",
    R"(ResourceScatterDiv !~)4.- - - !
ResourceScatterMax !~)4.- - - !
ResourceScatterMin !~)4.- - - !
ResourceScatterMul !~)4.- - - !
ResourceScatterNdAdd ..)4./ - !C%5 !
ResourceScatterNdMax ..)4./ - !C%5 !
ResourceScatterNdMin ..)4./ - !C%5 !
ResourceScatterNdSub ..)4./ - !C%5 !
ResourceScatterNdUpdate ..)4./ - !C%5 !
ResourceScatterSub !~)4.- - - !
ResourceScatterUpdate !~)4.- - - !
ResourceSparseApplyAdadelta -}.#.$!S![!V!W)4 - !0 !
ResourceSparseApplyAdagrad -}.#!S!W)4 - !0!1 !
ResourceSparseApplyAdagradDA -}.%.&!W)4!S!_!`!a - !0 !
ResourceSparseApplyAdagradV2 -}.#!S!V!W)4 - !0!1 !
ResourceSparseApplyCenteredRMSProp -}.(.).*!S![!i!V!W)4 - !0 !
ResourceSparseApplyFtrl -}.#.+!W)4!S!_!`!k - !0!3 !
ResourceSparseApplyFtrlV2 -}.#.+!W)4!S!_!`!l!k - !0!3 !
ResourceSparseApplyKerasMomentum -}.#!S!W)4!i - !0!2 !
ResourceSparseApplyMomentum -}.#!S!W)4!i - !0!2 !
ResourceSparseApplyProximalAdagrad -}.#!S!_!`!W)4 - !0 !
ResourceSparseApplyProximalGradientDescent -}!c!_!`!W)4 - !0 !
ResourceSparseApplyRMSProp -}.).*!S![!i!V!W)4 - !0 !
ResourceStridedSliceAssign ...0.1.2!| - &f&g&h&i&j !
ResourceUsingOp !~ - - !
Restore .3.4 .5 &k !
RestoreSlice .3.4.6 .5 &k !
RestoreV2 &b&c&d &e - !
Restrict #% #a -
RetrieveAllTPUEmbeddingParameters - *7*8*9*:*;*<*=*> - !
RetrieveTPUEmbeddingADAMParameters - *H*I*J %S%T%H !
RetrieveTPUEmbeddingAdadeltaParameters - *H*K*L %S%T%H !
)",
    R"(RetrieveTPUEmbeddingAdagradMomentumParameters - *H*K*I %S%T%H !
RetrieveTPUEmbeddingAdagradParameters - *H*K %S%T%H !
RetrieveTPUEmbeddingCenteredRMSPropParameters - *H*M*N*O %S%T%H !
RetrieveTPUEmbeddingFTRLParameters - *H*K*P %S%T%H !
RetrieveTPUEmbeddingFrequencyEstimatorParameters - *H*Q %S%T%H !
RetrieveTPUEmbeddingMDLAdagradLightParameters - *H*K%k*R %S%T%H !
RetrieveTPUEmbeddingMomentumParameters - *H*I %S%T%H !
RetrieveTPUEmbeddingProximalAdagradParameters - *H*K %S%T%H !
RetrieveTPUEmbeddingProximalYogiParameters - *H*S*T %S%T%H !
RetrieveTPUEmbeddingRMSPropParameters - *H*M*N %S%T%H !
RetrieveTPUEmbeddingStochasticGradientDescentParameters - *H %S%T%H !
Reverse %>.7 !9 -
ReverseSequence !D.8 !9 &l&m
ReverseV2 %>%q !9 !(
RewriteDataset !w.9 !y -
RightShift !#!$ !. -
Rint !# !$ -
RiscAbs !# !$ -
RiscAdd !#!$ !. -
RiscBinaryArithmetic !#!$ !. -
RiscBinaryComparison !#!$ !q -
RiscBitcast %< %= -
RiscBroadcast !D$n !9 !(
RiscCast %< %= -
RiscCeil !# !$ -
RiscCholesky !D !9 -
RiscConcat %n%q !9 !(
RiscCondition -q.:.; .< -
RiscConv !D%{ !9 !e#T
RiscCos !# !$ -
RiscDiv !#!$ !. -
RiscDot #%#^ &E %Z%[
)",
    R"(RiscExp !# !$ -
RiscFft (; (< $|
RiscFloor !# !$ -
RiscGather )3)4)6 )5 %6
RiscImag !D !F !+!,
RiscIsFinite !# )y -
RiscLog !# !$ -
RiscLogicalAnd *Y)y !q -
RiscLogicalNot *Y !q -
RiscLogicalOr *Y)y !q -
RiscMax !#!$ .= -
RiscMin !#!$ !. -
RiscMul !#!$ !. -
RiscNeg !# !$ -
RiscPad !D*}+U !9 %j
RiscPool !| !9 !e
RiscPow !#!$ !. -
RiscRandomUniform +Y !8 !)
RiscReal !D !F !+!,
RiscReduce %>.> !9 &n
RiscRem !#!$ !. -
RiscReshape %>%Q !9 #=
RiscReverse %>%q !9 !(
RiscScatter )4./.@ !9 -
RiscShape !D '* %U
RiscSign !# !$ -
RiscSlice !D.0.A !9 -
RiscSort !D.> !9 &n
RiscSqueeze !D !9 &o
RiscSub !#!$ !. -
RiscTranspose !#%w !$ #M
RiscTriangularSolve #1#2 !9 !g!h
)",
    R"(RiscUnary !# !$ -
RiscWhile (b (c #7$m !
RngReadAndSkip !~.B.C .D - !
RngSkip !~.E.F - - !
Roll !D.G)6 !9 -
Round !# !$ -
RpcCall .H.I%8.J .K!I - !
RpcCheckStatus .L .M.N - !
RpcClient .O.J .H.P !%&p !
RpcGetValue .L %; - !
RpcServer .O .Q - !
RpcServerRegister .Q.I.R - &q&r !
RpcServerStart .Q - - !
Rsqrt !# !$ -
RsqrtGrad !$)w !. -
SampleDistortedBoundingBox .S.T .U.V.W !)!*&s&t&u&v&w !
SampleDistortedBoundingBoxV2 .S.T.X .U.V.W !)!*&t&u&v&w !
SamplingDataset !w.Y!L!M !y -
Save %6&c!v - - !
SaveDataset !w*F.Z - %R&x !
SaveDatasetV2 !w*F.Z !y %R&x !
SaveSlices %6&c.[!v - - !
SaveV2 &b&c&d&e - - !
ScalarSummary .]!o #, -
ScaleAndTranslate !4#3!;.^ -z &y&z
ScaleAndTranslateGrad -|-{!;.^ !9 &y&z
ScanDataset !w(+%B !y $q&{!r
ScatterAdd !{)4./ !} !0
ScatterDiv !{)4./ !} !0
ScatterMax !{)4./ !} !0
ScatterMin !{)4./ !} !0
ScatterMul !{)4./ !} !0
)",
    R"(ScatterNd )4./.@ !9 %5
ScatterNdAdd !{)4./ !} !0%5
ScatterNdMax !{)4./ !} !0%5
ScatterNdMin !{)4./ !} !0%5
ScatterNdNonAliasingAdd !D)4./ !9 %5
ScatterNdSub !{)4./ !} !0%5
ScatterNdUpdate !{)4./ !} !C%5
ScatterSub !{)4./ !} !0
ScatterUpdate !{)4./ !} !C
SdcaFprint &} &w -
SdcaOptimizer ._.`.a.b$O.c.d.e.f.g .h.i.j &|
SdcaOptimizerV2 ._.`.a.b$O.c.d.e.f.g .h.i.j &}
SdcaShrinkL1 .k - -
SegmentMax %M.l !9 -
SegmentMaxV2 %M.l.m !9 &~
SegmentMean %M.l !9 -
SegmentMin %M.l !9 -
SegmentMinV2 %M.l.m !9 &~
SegmentProd %M.l !9 -
SegmentProdV2 %M.l.m !9 &~
SegmentSum %M.l !9 -
SegmentSumV2 %M.l.m !9 &~
Select !u#L#W !9 -
SelectV2 !u#L#W !9 -
SelfAdjointEig !D !9 -
SelfAdjointEigV2 !D #W#N ##
Selu 'i 'j -
SeluGrad 'k'l 'm -
Send %> - &` !
SendTPUEmbeddingGradients .n.o - '! !
SerializeIterator 'F 'G #s !
SerializeManySparse !/!0!1 .p '#
)",
    R"(SerializeSparse !/!0!1 .p '#
SerializeTensor %> +_ -
SetSize .q.r.s #3 $M
SetStatsAggregatorDataset !w(,#*(- !y - !
Shape !D '* %U
ShapeN .t .u %U
ShardDataset !w.v#/ !y '$!r
ShardedFilename .w.x.y %6 -
ShardedFilespec .w.y %6 -
ShuffleAndRepeatDataset !w${!L!M-w !y %9!r
ShuffleAndRepeatDatasetV2 !w${!L!M-w)W !y %9!r !
ShuffleDataset !w${!L!M !y %9!r
ShuffleDatasetV2 !w${)W !y !r !
ShuffleDatasetV3 !w${!L!M)W !y %9!r !
ShutdownDistributedTPU - - - !
ShutdownTPUSystem - .z - !
Sigmoid !# !$ -
SigmoidGrad !$)w !. -
Sign !# !$ -
Simple )v !! -
SimpleStruct - %c -
Sin !# !$ -
Sinh !# !$ -
Size !D '* %U
SkipDataset !w-w !y !r
Skipgram - .{.|.}.~/!+4+5 '%'&'' !
SleepDataset !w(. !y -
SleepIdentityOp /#!D !9 - !
SleepOp /# - - !
Slice !D.0.A !9 -
SlidingWindowDataset !w(/(0(1 !y '(
Snapshot !D !9 -
)",
    R"(SnapshotChunkDataset /$ !y %R
SnapshotDataset !w*F !y %R')'*'+','-'.'/'0'1!)!*'2'3
SnapshotDatasetReader /%/& !y %R
SnapshotDatasetV2 !w*F*G.Z !y %R'4'5'6'7!r
SnapshotNestedDatasetReader /' !y -
SobolSample /(/)/* /+ $Q
Softmax *W /, -
SoftmaxCrossEntropyWithLogits 'i/- %1#Q -
Softplus 'i 'j -
SoftplusGrad 'k'i 'm -
Softsign 'i 'j -
SoftsignGrad 'k'i 'm -
SortListOfSparseCoreCooTensors )P)Q)R )I)J&1)K -
SpaceToBatch !D*} !9 %j
SpaceToBatchND !D#[*} !9 #&%j
SpaceToDepth !D !9 !e
SparseAccumulatorApplyGradient !'!(/.///0 - -
SparseAccumulatorTakeGradient !'!, #6/1/2 -
SparseAdd /3/4/5/6/7/8/9 /:/;/< -
SparseAddGrad /=/3/6/: />/@ -
SparseApplyAdadelta !O!Y!Z!S![!V!W)4 !X !0
SparseApplyAdagrad !O!Y!S!W)4 !X !0!1
SparseApplyAdagradDA !O!]!^!W)4!S!_!`!a !X !0
SparseApplyAdagradV2 !O!Y!S!V!W)4 !X !0!1
SparseApplyCenteredRMSProp !O!f!g!h!S![!i!V!W)4 !X !0
SparseApplyFtrl !O!Y!j!W)4!S!_!`!k !X !0!3
SparseApplyFtrlV2 !O!Y!j!W)4!S!_!`!l!k !X !0!3
SparseApplyMomentum !O!Y!S!W)4!i !X !0!2
SparseApplyProximalAdagrad !O!Y!S!_!`!W)4 !X !0
SparseApplyProximalGradientDescent !O!c!_!`!W)4 !X !0
SparseApplyRMSProp !O!g!h!S![!i!V!W)4 !X !0
SparseBincount #6-($x'3#c !9 $J
)",
    R"(SparseConcat /A%n/B '5-4/C -
SparseConditionalAccumulator - !' !$!%#E !
SparseCountSparseOutput #6!o$x'4 '5'6'7 $K$L
SparseCross /A/D/B-- '5/E/C -
SparseCrossHashed /A/D/B--$S/F/G '5/H/C -
SparseCrossV2 /A/D/B--/I '5/J/C -
SparseDenseCwiseAdd /K/L/M/N !9 -
SparseDenseCwiseDiv /K/L/M/N !9 -
SparseDenseCwiseMul /K/L/M/N !9 -
SparseFillEmptyRows #6!o$x-2 '5-4-5-6 -
SparseFillEmptyRowsGrad -6-7 -8-9 -
SparseMatMul /O/P /Q %Z%['8'9':';
SparseMatrixAdd /R/S!c!e /T -
SparseMatrixMatMul /R#^ !9 %Z%['<'='>'@
SparseMatrixMul /R#^ (J -
SparseMatrixNNZ $w /U -
SparseMatrixOrderingAMD )p $o -
SparseMatrixSoftmax /V /W -
SparseMatrixSoftmaxGrad /W/X /Y -
SparseMatrixSparseCholesky )p/Z (J -
SparseMatrixSparseMatMul /R/S /T %Z%['<'=
SparseMatrixTranspose )p (J 'A
SparseMatrixZeros $x $w -
SparseReduceMax /[/]/^/_ !9 !'
SparseReduceMaxSparse /[/]/^/_ '5-4/C !'
SparseReduceSum /[/]/^/_ !9 !'
SparseReduceSumSparse /[/]/^/_ '5-4/C !'
SparseReorder /[/]/^ '5-4 -
SparseReshape /[/^/` '5/C -
SparseSegmentMean %M/a/b !9 !('B'C
SparseSegmentMeanGrad !W/a/b/c !9 !('B
SparseSegmentMeanGradV2 !W/a/b/d !9/e !('B
)",
    R"(SparseSegmentMeanWithNumSegments %M/a/b.m !9 !(&~'B'C
SparseSegmentSqrtN %M/a/b !9 !('B'C
SparseSegmentSqrtNGrad !W/a/b/c !9 !('B
SparseSegmentSqrtNGradV2 !W/a/b/d !9/e !('B
SparseSegmentSqrtNWithNumSegments %M/a/b.m !9 !(&~'B'C
SparseSegmentSum %M/a/b !9 !('B'C
SparseSegmentSumGrad !W/a/b/c !9 !('B
SparseSegmentSumGradV2 !W/a/b/d !9/e !('B
SparseSegmentSumWithNumSegments %M/a/b.m !9 !(&~'B'C
SparseSlice #6!o/2-[*` '5-4/C -
SparseSliceGrad /=/[/f'5 /g -
SparseSoftmax /K/L/M !9 -
SparseSoftmaxCrossEntropyWithLogits 'i/h %1#Q 'D
SparseSparseMaximum /3/4/5/6/7/8 '5-4 -
SparseSparseMinimum /3/4/5/6/7/8 '5-4 -
SparseSplit /i#6!o/2 /j/k/l -
SparseTensorDenseAdd /m/4/n#^ !9 -
SparseTensorDenseMatMul /m/4/5#^ &E 'E'<'=
SparseTensorSliceDataset #6*[$x !y - !
SparseTensorToCSRSparseMatrix #6!o$x $w -
SparseToDense /o/p!0-2 /N $M
SparseToSparseSetOperation /q/r/s'A'B'C '<'='> $M
Spence !# !$ -
Split /t!| /u -
SplitDedupData )p *x*y %H
SplitV !|/v/t /u &m
SqlDataset (2(3(4 !y - !
Sqrt !# !$ -
SqrtGrad !$)w !. -
Square !# !$ -
SquaredDifference !#!$ !. -
Squeeze !D !9 &o
)",
    R"(Stack - !' 'F !
StackClose !' - -
StackCloseV2 !H - - !
StackPop !' /w -
StackPopV2 !H /w - !
StackPush !'/x !9 'G
StackPushV2 !H/x !9 'G !
StackV2 /y !H 'F !
Stage *i - %W%X!$!% !
StageClear - - %W%X!$!% !
StagePeek $q *i %W%X!$!% !
StageSize - #3 %W%X!$!% !
StatefulPartitionedCall %8 %; %H&0&1 !
StatefulRandomBinomial !~.E-N/z/{ %y 'H%r !
StatefulStandardNormal !~+9 %y $Q%s !
StatefulStandardNormalV2 !~.E+9 %y $Q%s !
StatefulTruncatedNormal !~.E+9 %y $Q%s !
StatefulUniform !~.E+9 %y $Q%s !
StatefulUniformFullInt !~.E+9 %y 'I%s !
StatefulUniformInt !~.E+9/|/} %y %r%s !
StatelessCase %9%: %; #7
StatelessIf )_%: %; #7
StatelessMultinomial *W+&-Q &y 'J%n
StatelessParameterizedTruncatedNormal -N-Q+Z/~+]+^ %y 'J
StatelessRandomBinomial -N-Q/z/{ %y 'J'H%r
StatelessRandomGammaV2 +Y-Q0! %y 'J
StatelessRandomGammaV3 +90#0$.B0! %y 'K
StatelessRandomGetAlg - .B - !
StatelessRandomGetKeyCounter -Q 0#0$ 'J
StatelessRandomGetKeyCounterAlg -Q 0#0$.B 'J
StatelessRandomNormal +Y-Q %y $Q!I'J
StatelessRandomNormalV2 %Q0#0$.B %y $Q#=
)",
    R"(StatelessRandomPoisson +Y-Q0% %y 'J
StatelessRandomUniform +Y-Q %y $Q!I'J
StatelessRandomUniformFullInt +Y-Q %y 'I!I'J
StatelessRandomUniformFullIntV2 %Q0#0$.B %y 'I#=
StatelessRandomUniformInt +Y-Q/|/} %y 'J
StatelessRandomUniformIntV2 %Q0#0$.B/|/} %y #=
StatelessRandomUniformV2 %Q0#0$.B %y $Q#=
StatelessSampleDistortedBoundingBox .S.T.X-Q .U.V.W &t&u&v&w
StatelessShuffle !|0#0$.B !9 -
StatelessTruncatedNormal +Y-Q %y $Q!I'J
StatelessTruncatedNormalV2 %Q0#0$.B %y $Q#=
StatelessWhile (b (c #7$m
StaticRegexFullMatch &} !> -
StaticRegexReplace &} !t &b
StatsAggregatorHandle - !H !$!% !
StatsAggregatorHandleV2 - !H !$!% !
StatsAggregatorSetSummaryWriter (,0& - - !
StatsAggregatorSummary (5 #, - !
StochasticCastToInt 0'0#0$.B !F -
StopGradient !D !9 -
StoreMinibatchStatisticsInFdo )H)L)M - - !
StridedSlice !D.0.1.2 !9 &f&g&h&i&j
StridedSliceAssign !{.0.1.2!| !} &f&g&h&i&j
StridedSliceGrad 0(.0.1.2)w !9 &f&g&h&i&j
StringFormat 0) !t 'L'M!A
StringJoin *z !t &a
StringLength &} $o 'N
StringListAttr - - -
StringLower &} !t %(
StringNGrams 0*0+ 0,0- &T
StringSplit &}0. #6-d/2 'O
StringSplitV2 &}/I #6-d/2 'P
)",
    R"(StringStrip &} !t -
StringToHashBucket 0/ &w -
StringToHashBucketFast &} &w -
StringToHashBucketStrong &} &w -
StringToNumber 0/ '* 'Q
StringUpper &} !t %(
StubResourceHandleOp - !~ !$!% !
Sub !#!$ !. -
Substr &}0001 !t 'N
Sum !D!= !9 !'!(
SummaryWriter - %F !%!$ !
Svd !D #X#Y#N #$#%
Switch %M-q 0203 -
SymbolicGradient %: %; -
SyncDevice - - - !
TFRecordDataset $y$z${ !y !r !
TFRecordDatasetV2 $y$z${04 !y !r !
TFRecordReader - (W !$!%$2 !
TFRecordReaderV2 - (X !$!%$2 !
TPUAnnotateTensorsWithDynamicShape 05 06 - !
TPUCompilationResult - !t -
TPUCompile 0708 090:0; - !
TPUCompileSucceededAssert 09 - - !
TPUCopyWithDynamicShape 050< 06 - !
TPUDummyInput - %y - !
TPUEmbeddingActivations 0=0> !8 -
TPUExecute 0@(G 0A - !
TPUExecuteAndUpdateVariables 0@(G 0A - !
TPUOrdinalSelector - 0B - !
TPUPartitionedCall %8'Y %; 'R
TPUPartitionedInput !% !9 'S
TPUPartitionedInputV2 !% !9 'T
)",
    R"(TPUPartitionedOutput %& 0C 'S
TPUPartitionedOutputV2 %& 0C -
TPUReplicateMetadata - - 'U'V'W'X'Y'Z'[']'^'_'`'a
TPUReplicatedInput !% !9 'b'c'T
TPUReplicatedOutput !D 0D -
TPUReshardVariables 0E0F0G - - !
TPURoundRobin - 'Y - !
TakeDataset !w-w !y !r
TakeManySparseFromTensorsMap !2 !/'I!1 !$!% !
TakeWhileDataset !w%B !y !r
Tan !# !$ -
Tanh !# !$ -
TanhGrad !$)w !. -
TemporaryVariable - )} 'd !
TensorArray #3 !' 'e'f'g'h !
TensorArrayClose !' - -
TensorArrayCloseV2 '1 - -
TensorArrayCloseV3 !H - - !
TensorArrayConcat !'0H #!0I 'i
TensorArrayConcatV2 '10H #!0I 'i
TensorArrayConcatV3 !H0H #!0I 'i !
TensorArrayGather !'!p0H #! 'h
TensorArrayGatherV2 '1!p0H #! 'h
TensorArrayGatherV3 !H!p0H #! 'h !
TensorArrayGrad '10H 0J - !
TensorArrayGradV2 '10H 0K - !
TensorArrayGradV3 !H0H 0L0M - !
TensorArrayGradWithShape !H0H0N 0L0M - !
TensorArrayPack !'0H #! 'h
TensorArrayRead !'$q0H #! -
TensorArrayReadV2 '1$q0H #! -
TensorArrayReadV3 !H$q0H #! - !
)",
    R"(TensorArrayScatter !'!p!|0H 0M -
TensorArrayScatterV2 '1!p!|0H 0M -
TensorArrayScatterV3 !H!p!|0H 0M - !
TensorArraySize !'0H #3 -
TensorArraySizeV2 '10H #3 -
TensorArraySizeV3 !H0H #3 - !
TensorArraySplit !'!|0I0H 0M -
TensorArraySplitV2 '1!|0I0H 0M -
TensorArraySplitV3 !H!|0I0H 0M - !
TensorArrayUnpack !'!|0H 0M -
TensorArrayV2 #3 '1 'h'e'f'g !
TensorArrayV3 #3 !H0O 'h'e'f'j'g !
TensorArrayWrite !'$q!|0H 0M -
TensorArrayWriteV2 '1$q!|0H 0M -
TensorArrayWriteV3 !H$q!|0H 0M - !
TensorDataset +Q !y !r !
TensorListConcat 0P 0Q0I 'h
TensorListConcatLists 0R0S (J -
TensorListConcatV2 0P'o0T 0Q0I -
TensorListElementShape 0P 'o -
TensorListFromTensor 0Q'o 0U -
TensorListGather 0P!p0V 0W -
TensorListGetItem 0P$q0X 0Y #=
TensorListLength 0P 0Z -
TensorListPopBack 0P0V 0U0Q -
TensorListPushBack 0P0Q 0U -
TensorListPushBackBatch 0[0Q 0] -
TensorListReserve 'o#5 !y -
TensorListResize 0P#3 0U -
TensorListScatter 0Q!p'o 0U -
TensorListScatterIntoExistingList 0P0Q!p 0U -
TensorListScatterV2 0Q!p'o#5 0U -
)",
    R"(TensorListSetItem 0P$q0Y 0U 'k
TensorListSplit 0Q'o0I 0U -
TensorListStack 0P0V 0Q 'l
TensorMapErase 0P0^ 0U -
TensorMapHasKey 0P0^ 0_ -
TensorMapInsert 0P0^0` 0U -
TensorMapLookup 0P0^ 0` -
TensorMapSize 0P #3 -
TensorMapStackKeys 0P 0a -
TensorScatterAdd %>)4./ !9 %5
TensorScatterMax %>)4./ !9 %5
TensorScatterMin %>)4./ !9 %5
TensorScatterSub %>)4./ !9 %5
TensorScatterUpdate %>)4./ !9 %5
TensorSliceDataset +Q !y 'm!r&Y !
TensorStridedSliceUpdate !D.0.1.2!| !9 &f&g&h&i&j
TensorSummary %> #, 'n'o'p
TensorSummaryV2 #*%>0b #, -
TestAttr - #a - !
TestStringOutput #( +++, -
TextLineDataset $y$z${ !y !r !
TextLineReader - (W 'q!$!% !
TextLineReaderV2 - (X 'q!$!% !
ThreadPoolDataset !w(6 !y - !
ThreadPoolHandle - !H $v!$!% !
ThreadUnsafeUnigramCandidateSampler !@ !A!B!C !)!* !
Tile !D0c !9 'r
TileGrad !D0d !9 -
Timestamp - 0e - !
ToBool !D !> -
TopK !D !o!p 's
TopKUnique #( 0f0g -
)",
    R"(TopKV2 !D0h !o0i 's't%#
TopKWithUnique #( 0f0g -
TpuHandleToProtoKey 0j 0k -
Transpose !#%w !$ #M
TridiagonalMatMul 0l0m0n#2 !9 -
TridiagonalSolve 0o#2 !9 'u'v
TruncateDiv !#!$ !. -
TruncateMod !#!$ !. -
TruncatedNormal +Y %y !)!* !
TwoFloatInputs (O(P - -
TwoFloatInputsFloatOutput (O(P (Q -
TwoFloatInputsIntOutput (O(P ([ -
TwoFloatOutputs - (O(P -
TwoIntInputs )v(Z - -
TwoIntOutputs - )v(Z -
TwoRefsIn -m0p - -
TypeList *5 - -
TypeListRestrict *5 - -
TypeListTwice *50q - -
Unary #% #^ -
Unbatch 0r#:#; 0s !$!%
UnbatchDataset !w !y !r
UnbatchGrad 0t#:!W#; 0u !$!%
UncompressElement %i &t -
UnicodeDecode &} -K0v 'w'x'y&T
UnicodeDecodeWithOffsets &} -K0v0w 'w'x'y&T
UnicodeEncode 0x0y !t 'w'x&T
UnicodeScript *' $o -
UnicodeTranscode &} !t 'w'x'y
UniformCandidateSampler !@ !A!B!C !)!* !
UniformDequantize 0'0z0{ !F 'z
UniformQuantize 0'0z0{ !F 'z
)",
    R"(UniformQuantizedAdd 0|#20}0~1!1#1$1% !9 '{'|'}
UniformQuantizedClipByValue 1&1'.=0z0{ !9 'z
UniformQuantizedConvolution 1(1)0}0~1!1#1$1% !F '~(!(#($(%(&(''{'|'}
UniformQuantizedConvolutionHybrid 1*1+1!1# !F '~(!(#($(%(&(''|
UniformQuantizedDot 1(1)0}0~1!1#1$1% !F '{'|'}
UniformQuantizedDotHybrid 1*1+1!1# !F '|
UniformRequantize 0'1,1-1$1% !F (('}
Unique !# !$*4 %P
UniqueDataset !w !y !r
UniqueV2 !#)6 !$*4 ()%P
UniqueWithCounts !# !$*41. %P
UniqueWithCountsV2 !#)6 !$*41. ()%P
Unpack !| 1/ %z
UnravelIndex /a10 -Z !(
UnsortedSegmentJoin -j.l.m !t &a&~
UnsortedSegmentMax %M.l.m !9 &~
UnsortedSegmentMin %M.l.m !9 &~
UnsortedSegmentProd %M.l.m !9 &~
UnsortedSegmentSum %M.l.m !9 &~
Unstage - *i %W%X!$!% !
UnwrapDatasetVariant 0P 0U -
UpdateTaskIdAndGlobalCoreArray 11 - - !
UpperBound *a!o '* %U
VarHandleOp - !~ !$!%(*(+ !
VarIsInitializedOp !~ )x - !
Variable - )} !$!% !
VariableShape 12 '* %U !
VariableV2 - )} !$!% !
WeightedFlatMapDataset %C13 !y !r
Where !D #/ %p
While (b (c #7$m !
WholeFileReader - (W !$!% !
)",
    R"(WholeFileReaderV2 - (X !$!% !
WindowDataset !w*`1415#> !y !r
WindowOp *~ !y -
WorkerHeartbeat 16 17 - !
WrapDatasetVariant 0P 0U -
WriteAudioSummary %F-^#*#+#- - !b !
WriteFile %6&z - - !
WriteGraphSummary %F-^18 - - !
WriteHistogramSummary %F-^#*!o - !& !
WriteImageSummary %F-^#*%>19 - %>!& !
WriteRawProtoSummary %F-^18 - - !
WriteScalarSummary %F-^#*!| - - !
WriteSummary %F-^%>#*1: - - !
Xdivy !#!$ !. -
XlaAllReduce !D!E !9 -
XlaBroadcastHelper 0|#21; 1<1= -
XlaCallModule %8 %; (,(-(.(/(0'` !
XlaClusterOutput !D 'l -
XlaConcatND !% !9 !E
XlaConv 0|#21>1@1A1B1C !9 -
XlaConvV2 1D1E1>1@1A1B1C 1F (%
XlaCustomCall 1G %y -
XlaCustomCallV2 1H 1I -
XlaDequantize 1J 1K - !
XlaDot 0|#2 !9 -
XlaDotV2 1D1E 1F -
XlaDynamicSlice !D1L1M !9 -
XlaDynamicUpdateSlice !D1N)4 !9 -
XlaEinsum #%#^ &E -
XlaGather 1&1L1O !9 -
XlaHostCompute *~ +! (1(2(3(4 !
XlaIf )_1P %; - !
)",
    R"(XlaKeyValueSort 1Q1R 1S1T -
XlaLaunch 1U0@1V 0A - !
XlaLaunchV2 0@ 0A -
XlaOptimizationBarrier (b (c -
XlaPad !D*o1W1X1Y !9 -
XlaRecv - )d - !
XlaRecvFromHost - 1Z - !
XlaRecvTPUEmbeddingActivations 1[ 1] - !
XlaRecvTPUEmbeddingActivationsV2 1[ 1] - !
XlaRecvTPUEmbeddingDeduplicationData - (J - !
XlaRecvTPUEmbeddingDeduplicationDataV2 - (J - !
XlaReduce !D1^ !9 -
XlaReducePrecision 1& !9 -
XlaReduceScatter !D!E&a !9 -
XlaReduceWindow !D1^1_1>1`1a1@ !9 -
XlaRemoveDynamicDimensionSize !D1b !9 -
XlaReplicaId - 1c -
XlaRngBitGenerator 1d1e%Q 1f%y 'I#=
XlaScatter 1&1g./ !9 -
XlaSelectAndScatter 1&1_1>1@1h1^ !9 -
XlaSelfAdjointEig #% #i#N -
XlaSend %> - - !
XlaSendTPUEmbeddingGradients 1i1j1[ - (5 !
XlaSendTPUEmbeddingGradientsV2 1i1j1[ - (5 !
XlaSendToHost ,5 - - !
XlaSetBound *'1k $o -
XlaSetDynamicDimensionSize !D1b#3 !9 -
XlaSharding !D !9 (6(7
XlaSort !D !9 -
XlaSparseActivationsUnstack 1l 1m -
XlaSparseCoreAdagrad !p%5$e1n1o 1p1q - !
XlaSparseCoreAdagradMomentum !p%5$e1r$F1n1s1o 1p1q1t - !
)",
    R"(XlaSparseCoreAdam 1o!p%5$e1s1u1r1v$F 1p1w1t - !
XlaSparseCoreFtrl 1o1n1x$e!p%51y1z1{ 1p1q1| - !
XlaSparseCoreSgd !p%5$e1o 1p - !
XlaSparseDenseMatmul &$1}1~2!1o 2#&.2$&/&1 -
XlaSparseDenseMatmulCustomCombinerOnTcGradWithAdagradAndCsrInput &.&/&02%&1%k2&2'2(2)$e2*1o1n 1p1q2+ (8(9(:
XlaSparseDenseMatmulCustomCombinerOnTcGradWithAdagradMomentumAndCsrInput &.&/&02%&1%k2&2'2(2)$e2*1o1n*I 1p1q2,2+ (8(9(:
XlaSparseDenseMatmulCustomCombinerOnTcGradWithAdamAndCsrInput &.&/&02%&1%k2&2'2(2)$e2*1o*I1u 1p2,1w2+ (8(9(:
XlaSparseDenseMatmulCustomCombinerOnTcGradWithCsrInput &.&/&02%&1%k2&2'2(2)2-2.2* 2/2+ (:
XlaSparseDenseMatmulCustomCombinerOnTcGradWithFtrlAndCsrInput &.&/&02%&1%k2&2'2(2)$e2*1o1n1x 1p1q1|2+ (8(9(:
XlaSparseDenseMatmulCustomCombinerOnTcGradWithSgdAndCsrInput &.&/&02%&1%k2&2'2(2)$e2*1o 1p2+ (8(9(:
XlaSparseDenseMatmulCustomCombinerOnTcWithCsrInput &.&/&02%&11o%k 2#2&2' (:
XlaSparseDenseMatmulGradWithAdagradAndCsrInput &.&/&0&12)$e1o1n)N 1p1q (8(9(:
XlaSparseDenseMatmulGradWithAdagradAndStaticBufferSize &.&/&0&12)$e1o1n)N 1p1q (8(9(:
XlaSparseDenseMatmulGradWithAdagradMomentumAndCsrInput &.&/&0&12)$e1o1n*I)N 1p1q2, (8(9(:
XlaSparseDenseMatmulGradWithAdagradMomentumAndStaticBufferSize &.&/&0&12)$e1o1n*I)N 1p1q2, (8(9(:
XlaSparseDenseMatmulGradWithAdamAndCsrInput &.&/&0&12)$e1o*I1u)N 1p2,1w (8(9(:
XlaSparseDenseMatmulGradWithAdamAndStaticBufferSize &.&/&0&12)$e1o*I1u)N 1p2,1w (8(9(:
XlaSparseDenseMatmulGradWithCsrInput &.&/&0&12)202.)N 21 (:!&
XlaSparseDenseMatmulGradWithFtrlAndCsrInput &.&/&0&12)$e1o1n1x)N 1p1q1| (8(9(:
XlaSparseDenseMatmulGradWithFtrlAndStaticBufferSize &.&/&0&12)$e1o1n1x)N 1p1q1| (8(9(:
XlaSparseDenseMatmulGradWithSgdAndCsrInput &.&/&0&12)$e1o)N 1p (8(9(:
XlaSparseDenseMatmulGradWithSgdAndStaticBufferSize &.&/&0&12)$e1o)N 1p (8(9(:
XlaSparseDenseMatmulWithCsrInput &.&/&0&122)N 'j (:!&
XlaSparseDenseMatmulWithStaticBufferSize &.&/&0&11o)N 2# (:
XlaSparseGradientsStack 23 24 -
XlaSplitND !D -_ !E
XlaSpmdFullToShardShape !D !9 (;(7
XlaSpmdShardToFullShape !D !9 (;(7
XlaSvd #% #X#Y#N -
XlaVariadicReduce .t25 26 -
XlaVariadicReduceV2 0)27 28 -
XlaVariadicSort 0)29 28 -
)",
    R"(XlaWhile (b (c - !
Xlog1py !#!$ !. -
Xlogy !#!$ !. -
ZerosLike !# !$ -
Zeta !#,/ !. -
ZipDataset %C !y !r
_Arg - !9 - !
_ArrayToList .t 2: -
_ConfigureDistributedTPU 2; !t #J !
_CopyFromGpuToHost !D !9 -
_CopyFromHostToGpu !D !9 -
_DeviceArg - !9 - !
_DeviceRetval !D - - !
_DisconnectHostFromDistributedTPUSystem - 2< - !
_EagerConst !D !9 -
_FusedBatchNormEx !#(~)!)#)$2= !$)%)&(w(x({ %2%3(<(=!e#_
_FusedBatchNormGradEx (q!#!;(w(x({2>!$ (r(y(z(|(}2@ %2(<(=!e#_
_FusedConv2D !D%{2A2B !9 (>#N!e(@#T#S(A%2(B
_FusedConv3D !D%{2C !9 !f#U&G(A%2(B
_FusedDepthwiseConv2dNative !D%{2C !9 !e#T(A%2(B
_FusedMatMul #%#^2C &E %Z%[(A%2(B
_FusedQuantizedConv2D 2D2E 2F2G (C(D(E&F(F(G!e(H(I#N#T(A(J
_FusedQuantizedDepthwiseConv2D 2D2E 2F2G (C(D(E&F(F(G!e(H(I#N#T(A(J
_HostCast %< %= #8
_HostRecv - -h &` !
_HostSend %> - &` !
_If )_%: %; - !
_InitializeHostForDistributedTPU &} 2H #J#L !
_ListToArray %: 26 -
_MklAvgPool !|2I !92J !e
_MklAvgPool3D !|2I !92J !f
_MklAvgPool3DGrad #0!W2K2L !92J !f
)",
    R"(_MklAvgPoolGrad #0!W2K2L !92J !e
_MklBatchMatMul !#!$ !9 !{!|!}!~
_MklBatchMatMulV2 !#!$ !9 !{!|!}!~
_MklConcat %m%n2M2N !92J -
_MklConcatV2 %n%q2N2O !92J !(
_MklConjugateTranspose !#%w !$ #M
_MklConv2D !D%{2I2P !92Q2J2R #S(K!e#N#T
_MklConv2DBackpropFilter !D%|#`2I2S2T !92J #S!e#N#T
_MklConv2DBackpropFilterWithBias !D%|#`2I2S2T !92U2J2V #S!e#T
_MklConv2DBackpropInput %}%{#`2W2P2T !92J #S!e#N#T
_MklConv2DWithBias !D%{#_2I2P2X !92Q2J2R #S(K#N!e#T
_MklConv3D !D%{2I2P !92Q2J2R (K!f#U
_MklConv3DBackpropFilterV2 !D%|#`2I2S2T !92J !f#U
_MklConv3DBackpropInputV2 %~%{#`2W2P2T !92J #U#=!f
_MklDepthwiseConv2dNative !D%{2I2P !92Q2J2R (K!e#N#T
_MklDepthwiseConv2dNativeBackpropFilter !D%|#`2I2P2T !92J !e#N#T
_MklDepthwiseConv2dNativeBackpropInput %}%{#`2I2P2T !92J !e#N#T
_MklDequantize !D'D'E %y $O$P(L$Q
_MklEinsum !% !9 -
_MklElu 'i2Y 'j2Z !&
_MklEluGrad 'k'i2[2Y 'm2] !&
_MklFusedBatchMatMulV2 !#!$2C !9 !{!|(A%2(B
_MklFusedBatchNorm !#(i(j(k(l2^2_2`2a2b !$(m(n(o(p2c2d2e2f2g %2!e%3#_
_MklFusedBatchNormEx !#(~)!)#)$2=2^2_2`2a2b2h !$)%)&(w(x({2c2d2e2f2g2i %2%3!e(<(=#_
_MklFusedBatchNormGrad (q!#(i(o(p2j2^2_2f2g (r(s(t(u(v2k2l2m2i2n %2!e#_
_MklFusedBatchNormGradV2 (q!#!;(w(x2j2^2_2f2g (r(y(z({(|2k2l2m2i2n %2!e#_
_MklFusedBatchNormGradV3 (q!#!;(w(x({2j2^2_2f2g2i (r(y(z(|(}2k2l2m2n2o %2!e#_
_MklFusedBatchNormV2 !#(~)!)#)$2^2_2`2a2b !$)%)&(w(x2c2d2e2f2g %2!e%3#_
_MklFusedBatchNormV3 !#(~)!)#)$2^2_2`2a2b !$)%)&(w(x({2c2d2e2f2g2i %2!e%3#_
_MklFusedConv2D !D%{2C2I2P2p !92Q2J2R (K!e#N#T#S(A%2(B
_MklFusedDepthwiseConv2dNative !D%{2C2I2P2p !92Q2J2R (K!e#T(A%2(B
_MklFusedInstanceNorm !##O!e !$ (A%2(B
)",
    R"(_MklFusedMatMul #%#^2C2q2r2p &E2s (K%Z%[(A%2(B
_MklFusedMish 'i 'j -
_MklLayerNorm !#(i(j !$ (M
_MklLeakyRelu 'i2Y 'j2Z !&%N
_MklLeakyReluGrad 'k'i2[2Y 'm2] !&%N
_MklMatMul #%#^ &E %Z%[%]%^
_MklMaxPool !D2I !92t2J2u !&!e#N(N
_MklMaxPool3D !D2I !92t2J2u !f(N
_MklMaxPool3DGrad *r*s!W2t2K2v2L2u !92J !f!&%a(N
_MklMaxPoolGrad (g(h!W2t2K2v2L2u !92J !&(N!e#N
_MklNativeAvgPool !| !9 !e
_MklNativeAvgPool3D !| !9 !f
_MklNativeAvgPool3DGrad #0!W !9 !f
_MklNativeAvgPoolGrad #0!W !9 !e
_MklNativeConv2D !D%{ !9 #S(K#N!e#T
_MklNativeConv2DBackpropFilter !D%|#` !9 #S#N!e#T
_MklNativeConv2DBackpropFilterWithBias !D%|#` !92U #S!e#T
_MklNativeConv2DBackpropInput %}%{#` !9 #S#N!e#T
_MklNativeConv2DWithBias !D%{#_ !9 #S(K!e#N#T
_MklNativeConv3D !D%{ !9 (K!f#U
_MklNativeConv3DBackpropFilterV2 !D%|#` !9 !f#U
_MklNativeConv3DBackpropInputV2 %~%{#` !9 #U#=!f
_MklNativeDepthwiseConv2dNative !D%{ !9 (K!e#N#T
_MklNativeDepthwiseConv2dNativeBackpropFilter !D%|#` !9 !e#N#T
_MklNativeDepthwiseConv2dNativeBackpropInput %}%{#` !9 !e#N#T
_MklNativeFusedBatchNorm !#(i(j(k(l !$(m(n(o(p %2!e%3#_
_MklNativeFusedBatchNormEx !#(~)!)#)$2= !$)%)&(w(x({ %2%3!e(<(=#_
_MklNativeFusedBatchNormGrad (q!#(i(o(p (r(s(t(u(v %2!e#_
_MklNativeFusedBatchNormGradV2 (q!#!;(w(x (r(y(z({(| %2!e#_
_MklNativeFusedBatchNormGradV3 (q!#!;(w(x({ (r(y(z(|(} %2!e#_
_MklNativeFusedBatchNormV2 !#(~)!)#)$ !$)%)&(w(x %2!e%3#_
_MklNativeFusedBatchNormV3 !#(~)!)#)$ !$)%)&(w(x({ %2!e%3#_
)",
    R"(_MklNativeFusedConv2D !D%{2A2B !9 (>(K#N!e(@#T#S(A%2(B
_MklNativeFusedConv3D !D%{2C !9 (K!f#U&G(A%2(B
_MklNativeFusedDepthwiseConv2dNative !D%{2C !9 (K!e#T(A%2(B
_MklNativeFusedMatMul #%#^2C &E (K%Z%[(A%2(B
_MklNativeMaxPool !D !92t !&!e#N(N
_MklNativeMaxPool3D !D !92t !f(N
_MklNativeMaxPool3DGrad *r*s!W2t !9 !f!&%a(N
_MklNativeMaxPoolGrad (g(h!W2t !9 !&(N!e#N
_MklNativePadWithConv2D !D%{*} !9 #S!e(K#T%j
_MklNativePadWithFusedConv2D !D%{2C*} !9 (K!e#T(A%j%2(B
_MklNativeSparseMatrixMatMul /R#^ !9 %Z%['<'='>'@
_MklPadWithConv2D !D%{*}2I2P2w !92Q2J2R #S!e(K#T%j
_MklPadWithFusedConv2D !D%{2C*}2I2P2p2w !92Q2J2R (K!e#T(A%j%2(B
_MklQuantizeV2 #('D'E !9,8,9 (L&C$O$P&D
_MklQuantizedAvgPool !D,D,E !9,F,G -
_MklQuantizedConcatV2 %n%q,a,b !9,8,9 !(
_MklQuantizedConv2D ,5,c,D,E,d,e '*,F,G &F!e(H#T&G
_MklQuantizedConv2DAndRelu ,5,c,D,E,d,e '*,F,G &F!e(H#T&G
_MklQuantizedConv2DAndReluAndRequantize ,5,c,D,E,d,e,f,g '*,F,G &H!e(H#T&G
_MklQuantizedConv2DAndRequantize ,5,c,D,E,d,e,f,g '*,F,G &I!e(H#T&G
_MklQuantizedConv2DPerChannel ,5,c,D,E,d,e '*,F,G &F!e(K#T&G
_MklQuantizedConv2DWithBias ,5,c,h,D,E,d,e '*,F,G &F!e(H(I#T&G
_MklQuantizedConv2DWithBiasAndRelu ,5,c,h,D,E,d,e '*,F,G &F!e(H(I#T&G
_MklQuantizedConv2DWithBiasAndReluAndRequantize ,5,c,i,D,E,d,e,f,g '*,F,G &H!e(H(I#T&G
_MklQuantizedConv2DWithBiasAndRequantize ,5,c,i,D,E,d,e,f,g '*,F,G &I!e(H(I#T&G
_MklQuantizedConv2DWithBiasSignedSumAndReluAndRequantize ,5,c,i,D,E,d,e,f,g,j,k,l '*,F,G &H!e(H(I#T&G
_MklQuantizedConv2DWithBiasSumAndRelu ,5,c,h,D,E,d,e,m '*,F,G &F!e(H(I#T&G
_MklQuantizedConv2DWithBiasSumAndReluAndRequantize ,5,c,i,D,E,d,e,f,g,j,k,l '*,F,G &H!e(H(I#T&G
_MklQuantizedDepthwiseConv2D ,5,c,D,E,d,e '*,F,G &F!e(H#T
_MklQuantizedDepthwiseConv2DWithBias ,5,c,h,D,E,d,e '*,F,G &F!e(H(I#T
_MklQuantizedDepthwiseConv2DWithBiasAndRelu ,5,c,h,D,E,d,e '*,F,G &F!e(H(I#T&G
_MklQuantizedDepthwiseConv2DWithBiasAndReluAndRequantize ,5,c,i,D,E,d,e,f,g '*,F,G &H!e(H(I#T&G
)",
    R"(_MklQuantizedMatMulWithBias ,r,s,i,t,u,v,w ,x,_,` &E%Z%[&P(O(I
_MklQuantizedMatMulWithBiasAndDequantize ,r,s,i,t,u,v,w,f,g ,x %Z%[&P(O(I
_MklQuantizedMatMulWithBiasAndRelu ,r,s,h,t,u,v,w ,x,_,` &E%Z%[&P(O(I
_MklQuantizedMatMulWithBiasAndReluAndRequantize ,r,s,i,t,u,v,w,f,g ,x,_,` &Q%Z%[&P(O(I
_MklQuantizedMatMulWithBiasAndRequantize ,r,s,i,t,u,v,w,f,g ,x,_,` &Q%Z%[&P(O(I
_MklQuantizedMaxPool !D,D,E !9,F,G -
_MklRelu 'i2Y 'j2Z !&
_MklRelu6 'i2Y 'j2Z !&
_MklRelu6Grad 'k'i2[2Y 'm2] !&
_MklReluGrad 'k'i2[2Y 'm2] !&
_MklSoftmax *W /, !&
_MklSwish 'i 'j !&
_MklTanh 'i2Y 'j2Z -
_MklTanhGrad 'k'i2[2Y 'm2] -
_MklTranspose !#%w !$ #M
_NcclBroadcastRecv 'n !9 - !
_NcclBroadcastSend !D - - !
_NcclReduceRecv !D %M - !
_NcclReduceSend !D - - !
_ParallelConcatStart - %y - !
_ParallelConcatUpdate !|1N !9 -
_QuantizedMatMul 2D2E 2F2G (F(P(G(Q(R(S!,%Z%[(O(I(A(T(U(B
_QuantizedMaxPool3D !D,D,E !9,F,G !f
_ReadVariablesOp 2x *i - !
_Recv - -h &` !
_Retval !D - - !
_ScopedAllocator - !9 - !
_ScopedAllocatorConcat 2y!% !9 (V !
_ScopedAllocatorSplit 2z2{ 26 - !
_Send %> - &` !
_SetGlobalTPUArray %s - - !
_ShutdownDistributedTPU - - - !
)",
    R"(_SwitchN %M2| 2} -
_TPUCompileMlir 07 090: (W !
_TPUReplicate *~2~3!08 3# 'U'V'W'X'Z'[']'^(X'_'`'a !
_TensorToHashBucketFast !D &w -
_UnaryOpsComposition !# !$ -
_VarHandlesOp - 2x - !
_WaitForDistributedTPU 2; %s (Y !
_While (b (c - !
_XlaAotOnlyVarHandleOp - !~ !$!%(* !
_XlaCompile 1U0@1V (G3$ - !
_XlaCompileMlirPlaceholderProgramKey - 3% - !
_XlaHostComputeMlir *~ +! (Z([ !
_XlaMerge 3&3' !9 -
_XlaRecvAtHost 3( +! (] !
_XlaRecvAtHostV2 3(3) +! (] !
_XlaRun 0@(G 0A - !
_XlaSendFromHost *~3( - (] !
_XlaSendFromHostV2 *~3(3) - (] !
__MklDummyConv2DBackpropFilterWithBias !D%|#` !92U #S!e#T
__MklDummyConv2DWithBias !D%{#_ !9 #S(K#N!e#T
__MklDummyPadWithConv2D !D%{*} !9 #S!e#T%j
__MklDummyPadWithFusedConv2D !D%{2C*} !92Q2J2R !e#T(A%j%2(B
)",
};

}  // namespace detail
GRAPHFREEZE_NAMESPACE_END
