// The ops that the Ascend TF adapter registers (npu_ops, hccl, its datasets and tables): what each is to an inference
// graph, and what it looks like. Facts from the adapter's op registrations, both of its homes and all its releases;
// readers must never insist on an attribute, since releases differ in them.
#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <graphfreeze/graph/attr.hpp>
#include <graphfreeze/graph/graph.hpp>
#include <graphfreeze/graph/op_table.hpp>
#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/status.hpp>
#include <graphfreeze/tensor/dtype.hpp>
#include <graphfreeze/wire/proto.hpp>

GRAPHFREEZE_NAMESPACE_BEGIN
namespace npu {

enum class OpClass : std::uint8_t {
  kTrainingOnly,  // optimizers, gradients, random masks, float status, table management: no output should need it
  kPass,          // hands its inputs on: dropout; collectives where one device is the world
  kAttr,          // stays, with attributes for inference: recurrent cells
  kKeep,          // an ordinary op of the forward path
  kPlaceholder,   // gives what is fed: SwapPlaceholders makes placeholders of it
  kFunction,      // wraps a function that holds (a part of) the network
  kExternal,      // needs what is not in graph and checkpoint: hash tables, other devices
};

inline std::string_view Name(OpClass op_class) {
  switch (op_class) {
    case OpClass::kTrainingOnly:
      return "training_only";
    case OpClass::kPass:
      return "pass";
    case OpClass::kAttr:
      return "attr";
    case OpClass::kKeep:
      return "keep";
    case OpClass::kPlaceholder:
      return "placeholder";
    case OpClass::kFunction:
      return "function";
    case OpClass::kExternal:
      return "external";
  }
  return "keep";
}

// One op. `signature` is "inputs > outputs | defaults !", where "!" stands for stateful. An argument is
// "name:type", with a type's or an attribute's name; "[attr" a list of types, "attr*" before the name a number of them,
// "&" a reference. A default is "attr:kind=value"; those of training's ops are left out.
struct OpInfo {
  std::string_view name;
  OpClass op_class;
  std::string_view signature;
};

// Sorted by name.
inline constexpr OpInfo kOpTable[] = {
    {"AdamApplyOneAssign", OpClass::kTrainingOnly,
     "input0:T input1:T input2:T input3:T input4:T mul0_x:T mul1_x:T mul2_x:T mul3_x:T add2_y:T >"},
    {"AdamApplyOneWithDecayAssign", OpClass::kTrainingOnly,
     "input0:T input1:T input2:T input3:T input4:T mul0_x:T mul1_x:T mul2_x:T mul3_x:T mul4_x:T add2_y:T >"},
    {"AdpGetNext", OpClass::kPlaceholder, "> components:[output_types !"},
    {"AscendAntiQuant", OpClass::kKeep, "x:T > y:T !"},
    {"AscendDequant", OpClass::kKeep, "x:T deq_scale:uint64 > y:T | data_format:s=NHWC !"},
    {"AscendQuant", OpClass::kKeep, "x:T > y:T | dst_type:s=INT8 quant_bits:i=8 !"},
    {"AscendWeightQuant", OpClass::kKeep, "x:int8 offset_w:int8 > y:T | dst_type:s=INT8 !"},
    {"BasicLSTMCell", OpClass::kAttr,
     "x:T h:T c:T w:T b:T > ct:T ht:T it:T jt:T ft:T ot:T tanhct:T | keep_prob:f=1 forget_bias:f=1 "
     "state_is_tuple:b=true activation:s=tanh !"},
    {"BasicLSTMCellCStateGrad", OpClass::kTrainingOnly,
     "c:T dht:T dct:T it:T jt:T ft:T ot:T tanhct:T > dgate:T dct_1:T !"},
    {"BasicLSTMCellInputGrad", OpClass::kTrainingOnly, "dgate:T w:T > dxt:T dht:T !"},
    {"BasicLSTMCellWeightGrad", OpClass::kTrainingOnly, "x:T h:T dgate:T > dw:T db:T !"},
    {"BatchDilatePolys", OpClass::kKeep,
     "polys_data:int32 polys_offset:int32 polys_size:int32 score:float min_border:int32 min_area_thr:int32 "
     "score_thr:float expand_scale:float > dilated_polys_data:int32 dilated_polys_offset:int32 "
     "dilated_polys_size:int32"},
    {"BatchEnqueue", OpClass::kTrainingOnly, "x:T queue_id:uint32 > enqueue_count:int32"},
    {"CacheAdd", OpClass::kExternal,
     "cache:resource ids:T > swap_in_id:T swap_in_idx:T swap_out_id:T swap_out_idx:T"},
    {"CacheAllIndexToLocal", OpClass::kExternal, "cache:resource > local_idx:dtype"},
    {"CacheRemoteIndexToLocal", OpClass::kExternal, "cache:resource ids:T > local_idx:T"},
    {"Centralization", OpClass::kTrainingOnly, "x:T > y:T !"},
    {"DPGroupDataset", OpClass::kTrainingOnly, "N*input_datasets:variant > handle:variant !"},
    {"DPOP", OpClass::kFunction, "inputs:[Tin > outputs:[Tout | data_format:s=NHWC !"},
    {"DecodeAndCropAndResizeJpeg", OpClass::kKeep, "contents:string crop_size:int32 resize:int32 > image:uint8"},
    {"DecodeAndResizeJpeg", OpClass::kKeep, "contents:string resize:int32 > image:uint8"},
    {"DecodeImageV3", OpClass::kKeep,
     "contents:string > image:dtype | channels:i=0 dtype:t=uint8 expand_animations:b=true"},
    {"DeformableConv2D", OpClass::kKeep,
     "x:T filter:T offsets:T > y:T | data_format:s=NHWC dilations:li=1,1,1,1 groups:i=1 deformable_groups:i=1"},
    {"DeformableConv2DWithBias", OpClass::kKeep,
     "x:T filter:T offsets:T bias:T > y:T | data_format:s=NHWC dilations:li=1,1,1,1 groups:i=1 "
     "deformable_groups:i=1"},
    {"DeformableOffsets", OpClass::kKeep,
     "x:T offsets:T > y:T | dilations:li=1,1,1,1 data_format:s=NHWC deformable_groups:i=1 modulated:b=true"},
    {"DeformableOffsetsGrad", OpClass::kTrainingOnly, "grad:T x:T offsets:T > grad_x:T grad_offsets:T"},
    {"DeinitEmbeddingHashmapV2", OpClass::kTrainingOnly, "table_id:int32 >"},
    {"DenseImageWarp", OpClass::kKeep, "image:T flow:S > y:T"},
    {"DenseImageWarpGrad", OpClass::kTrainingOnly, "grad:T image:T flow:S > grad_image:T grad_flow:S"},
    {"Dequeue", OpClass::kPlaceholder, "queue_id:uint32 > data:output_type | output_type:t=uint8 queue_name:s="},
    {"DeviceQueueDataset", OpClass::kTrainingOnly, "> handle:variant !"},
    {"DropOutDoMask", OpClass::kPass, "x:T mask:uint8 keep_prob:T > y:T !"},
    {"DropOutDoMaskV3", OpClass::kPass, "x:T mask:uint8 keep_prob:T > y:T !"},
    {"DropOutGenMask", OpClass::kTrainingOnly, "shape:T prob:S > output:uint8 !"},
    {"DropOutGenMaskV3", OpClass::kTrainingOnly, "shape:T prob:S > output:uint8 !"},
    {"DropOutGenMaskV4", OpClass::kTrainingOnly, "shape:T prob:S > output:uint8 !"},
    {"DynamicAUGRU", OpClass::kAttr,
     "x:T weight_input:T weight_hidden:T weight_att:T bias_input:T bias_hidden:T seq_length:int32 init_h:T > "
     "y:T output_h:T update:T update_att:T reset:T new:T hidden_new:T | cell_depth:i=1 keep_prob:f=1 "
     "cell_clip:f=-1 num_proj:i=0 time_major:b=true reset_after:b=true is_training:b=true !"},
    {"DynamicAUGRUGrad", OpClass::kTrainingOnly,
     "x:T weight_input:T weight_hidden:T weight_att:T y:T init_h:T h:T dy:T dh:T update:T update_att:T "
     "reset:T new:T hidden_new:T seq_length:int32 > dw_input:T dw_hidden:T db_input:T db_hidden:T dx:T "
     "dh_prev:T dw_att:T !"},
    {"DynamicGetNextV2", OpClass::kPlaceholder, "> components:[output_types !"},
    {"DynamicGruV2", OpClass::kAttr,
     "x:T weight_input:T weight_hidden:T bias_input:T bias_hidden:T seq_length:int32 init_h:T > y:T "
     "output_h:T update:T reset:T new:T hidden_new:T | cell_depth:i=1 keep_prob:f=1 cell_clip:f=-1 "
     "num_proj:i=0 time_major:b=true reset_after:b=true is_training:b=true !"},
    {"DynamicGruV2Grad", OpClass::kTrainingOnly,
     "x:T weight_input:T weight_hidden:T y:T init_h:T h:T dy:T dh:T update:T reset:T new:T hidden_new:T "
     "seq_length:int32 > dw_input:T dw_hidden:T db_input:T db_hidden:T dx:T dh_prev:T !"},
    {"DynamicRnn", OpClass::kAttr,
     "x:T w:T b:T seq_length:int32 init_h:T init_c:T > y:T output_h:T output_c:T i:T j:T f:T o:T tanhc:T | "
     "cell_depth:i=1 use_peephole:b=false keep_prob:f=1 cell_clip:f=-1 num_proj:i=0 time_major:b=true "
     "forget_bias:f=0 is_training:b=true !"},
    {"DynamicRnnGrad", OpClass::kTrainingOnly,
     "x:T w:T b:T y:T init_h:T init_c:T h:T c:T dy:T dh:T dc:T i:T j:T f:T o:T tanhc:T > dw:T db:T dx:T "
     "dh_prev:T dc_prev:T !"},
    {"DynamicRnnV2", OpClass::kAttr,
     "x:T w:T b:T init_h:T init_c:T > y:T output_h:T output_c:T i:T j:T f:T o:T tanhc:T | cell_depth:i=1 "
     "use_peephole:b=false keep_prob:f=1 cell_clip:f=-1 num_proj:i=0 time_major:b=true forget_bias:f=0 "
     "is_training:b=true !"},
    {"EmbeddingApplyAdaGrad", OpClass::kTrainingOnly,
     "var_handle:resource lr:T grad:T keys:int64 global_step:Tstep > var_handle_output:resource"},
    {"EmbeddingApplyAdam", OpClass::kTrainingOnly,
     "var_handle:resource beta1_power:T beta2_power:T lr:T beta1:T beta2:T epsilon:T grad:T keys:int64 "
     "global_step:Tstep > var_handle_output:resource"},
    {"EmbeddingApplyAdamW", OpClass::kTrainingOnly,
     "var_handle:resource beta1_power:T beta2_power:T lr:T weight_decay:T beta1:T beta2:T epsilon:T grad:T "
     "keys:int64 max_grad_norm:T > var_handle_output:resource"},
    {"EmbeddingApplyRmsprop", OpClass::kTrainingOnly,
     "var_handle:resource lr:T rho:T momentum:T epsilon:T grad:T keys:int64 > var_handle_output:resource"},
    {"EmbeddingApplySgd", OpClass::kTrainingOnly,
     "var_handle:resource lr:T grad:T keys:int64 > var_handle_output:resource"},
    {"EmbeddingComputeVarExport", OpClass::kTrainingOnly, "file_path:string ps_id:int32 table_id:int32 >"},
    {"EmbeddingComputeVarImport", OpClass::kTrainingOnly, "file_path:string ps_id:int32 table_id:int32 >"},
    {"EmbeddingFeatureMapping", OpClass::kExternal, "feature_id:int64 > offset_id:int32"},
    {"EmbeddingHashTableApplyAdamW", OpClass::kTrainingOnly,
     "table_handle:int64 keys:int64 &m:T &v:T &beta1_power:T &beta2_power:T lr:T weight_decay:T beta1:T "
     "beta2:T epsilon:T grad:T &max_grad_norm:T >"},
    {"EmbeddingHashTableEvict", OpClass::kTrainingOnly, "table_handle:int64 keys:int64 > !"},
    {"EmbeddingHashTableExport", OpClass::kTrainingOnly,
     "table_handles:int64 table_sizes:int64 embedding_dims:int64 bucket_sizes:int64 > num*keys:int64 "
     "num*counters:uint64 num*filter_flags:uint8 num*values:float !"},
    {"EmbeddingHashTableImport", OpClass::kTrainingOnly,
     "table_handles:int64 embedding_dims:int64 bucket_sizes:int64 num*keys:int64 num*counters:uint64 "
     "num*filter_flags:uint8 num*values:float >"},
    {"EmbeddingHashTableLookupOrInsert", OpClass::kExternal,
     "table_handle:int64 keys:int64 > values:float | filter_mode:s=no_filter filter_freq:i=0 "
     "default_key_or_value:b=false default_key:i=0 default_value:f=0 filter_key_flag:b=false filter_key:i=-1 "
     "!"},
    {"EmbeddingHashmapExport", OpClass::kTrainingOnly,
     "file_path:string table_ids:int32 table_names:string global_step:TStep num*keys:int64 "
     "num*counters:uint64 num*filter_flags:uint8 num*values:float >"},
    {"EmbeddingHashmapFileSize", OpClass::kTrainingOnly,
     "file_path:string table_ids:int32 table_names:string global_step:TStep > table_sizes:int64"},
    {"EmbeddingHashmapImport", OpClass::kTrainingOnly,
     "file_path:string table_ids:int32 table_sizes:int64 table_names:string global_step:TStep > "
     "num*keys:int64 num*counters:uint64 num*filter_flags:uint8 num*values:float"},
    {"EmbeddingHashmapSize", OpClass::kTrainingOnly, "table_ids:int32 > table_sizes:int64"},
    {"EmbeddingLocalIndex", OpClass::kExternal,
     "addr_table:uint64 index:T > local_idx:T nums:T recover_idx:T | row_memory:i=320 mode:s=mod"},
    {"EmbeddingRankId", OpClass::kExternal,
     "addr_table:uint64 index:T > rank_id:uint64 | row_memory:i=320 mode:s=mod"},
    {"EmbeddingTableExport", OpClass::kTrainingOnly, "file_path:string ps_id:int32 table_id:int32 >"},
    {"EmbeddingTableFind", OpClass::kExternal,
     "table_id:int32 keys:int64 > values:float | embedding_dim:i=0 default_value:f=-1"},
    {"EmbeddingTableFindAndInit", OpClass::kExternal,
     "table_id:int32 keys:int64 > values:float | embedding_dim:i=0 value_total_len:i=0 "
     "initializer_mode:s=random_uniform constant_value:f=0 min:f=-2 max:f=2 mu:f=0 sigma:f=1 seed:i=0 "
     "seed2:i=0 filter_mode:s=no_filter filter_freq:i=0 default_key_or_value:b=false default_key:i=0 "
     "default_value:f=0 optimizer_mode:s= optimizer_params:lf=0.1"},
    {"EmbeddingTableImport", OpClass::kTrainingOnly, "file_path:string ps_id:int32 table_id:int32 >"},
    {"ExponentialDecayLR", OpClass::kTrainingOnly,
     "var_handle:resource initial_learning_rate:T decay_rate:T decay_steps:Tstep > decayed_lr:T"},
    {"FakeRemoteLookupUniqued", OpClass::kExternal,
     "table_id:int32 keys:int64 actual_keys_input:int64 unique_indices:int32 > values:float | "
     "embedding_dim:i=0 value_total_len:i=0 initializer_mode:s=random_uniform constant_value:f=0 min:f=-2 "
     "max:f=2 mu:f=0 sigma:f=1 seed:i=0 seed2:i=0 filter_mode:s=no_filter filter_freq:i=0 "
     "default_key_or_value:b=false default_key:i=0 default_value:f=0 optimizer_mode:s= "
     "optimizer_params:lf=0.1"},
    {"FastGelu", OpClass::kKeep, "features:T > activations:T"},
    {"FastGeluGrad", OpClass::kTrainingOnly, "gradients:T features:T > backprops:T"},
    {"FastGeluV2", OpClass::kKeep, "features:T > activations:T"},
    {"FeatureMapping", OpClass::kExternal,
     "feature_id:int64 > offset_id:int32 | threshold:i=1 table_name:s=default_table_name"},
    {"FeatureMappingExport", OpClass::kTrainingOnly, "path:string > export_fake_output:string"},
    {"FeatureMappingImport", OpClass::kTrainingOnly, "path:string > import_fake_output:string"},
    {"FileConstant", OpClass::kKeep, "> y:dtype | file_path:s= file_id:s= !"},
    {"FusedLayerNorm", OpClass::kKeep,
     "x:T gamma:T beta:T > y:T mean:T variance:T | begin_norm_axis:i=0 begin_params_axis:i=0 "
     "epsilon:f=0.0000001 !"},
    {"FusedLayerNormGrad", OpClass::kTrainingOnly,
     "dy:T x:T variance:T mean:T gamma:T > pd_x:T pd_gamma:T pd_beta:T !"},
    {"GEOPDataset", OpClass::kTrainingOnly, "> handle:variant !"},
    {"GeOp", OpClass::kFunction, "inputs:[Tin > outputs:[Tout | data_format:s=NHWC !"},
    {"Gelu", OpClass::kKeep, "features:T > activations:T"},
    {"GeluGrad", OpClass::kTrainingOnly, "gradients:T features:T activations:T > backprops:T"},
    {"GetNext", OpClass::kPlaceholder, "> components:[output_types !"},
    {"GetNextFromQueue", OpClass::kPlaceholder, "data:uint8 > components:[output_types !"},
    {"GetShape", OpClass::kKeep, "x:T > y:int32 | N:i=1"},
    {"HcomAllGather", OpClass::kPass, "input:T > output:T !"},
    {"HcomAllReduce", OpClass::kPass, "input:T > output:T !"},
    {"HcomAllToAllV", OpClass::kExternal,
     "send_data:T send_counts:int64 send_displacements:int64 recv_counts:int64 recv_displacements:int64 > "
     "recv_data:T !"},
    {"HcomAllToAllVC", OpClass::kExternal, "send_data:T send_count_matrix:int64 > recv_data:T !"},
    {"HcomBroadcast", OpClass::kPass, "input:[T > output:[T !"},
    {"HcomGatherAllToAllV", OpClass::kExternal,
     "addrinfo:uint64 addrinfo_count_per_rank:int64 recv_counts:int64 recv_displacements:int64 > "
     "recv_data:dtype gathered:dtype !"},
    {"HcomReceive", OpClass::kExternal, "> output:T !"},
    {"HcomReduce", OpClass::kPass, "input:T > output:T !"},
    {"HcomReduceScatter", OpClass::kExternal, "input:T > output:T !"},
    {"HcomRemoteRead", OpClass::kExternal, "remote:T > local:dtype !"},
    {"HcomRemoteRefRead", OpClass::kExternal, "remote:T &cache_var:dtype local_offset:T > &cache_var1:dtype !"},
    {"HcomRemoteScatterWrite", OpClass::kTrainingOnly, "remote:T &local:dtype local_offset:T > !"},
    {"HcomRemoteWrite", OpClass::kTrainingOnly, "remote:T local:dtype > !"},
    {"HcomSend", OpClass::kTrainingOnly, "input:T > !"},
    {"HostFeatureMapping", OpClass::kExternal,
     "feature_id:int64 > offset_id:int64 | threshold:i=1 table_name:s=default_table_name"},
    {"HostQueueDataset", OpClass::kTrainingOnly, "geop_dataset:variant input_dataset:variant > handle:variant !"},
    {"InitEmbeddingHashTable", OpClass::kTrainingOnly, "table_handle:int64 sampled_values:float >"},
    {"InitEmbeddingHashmap", OpClass::kTrainingOnly, "table_id:int32 >"},
    {"InitEmbeddingHashmapV2", OpClass::kTrainingOnly, "table_id:int32 > table_handle:int64"},
    {"InitPartitionMap", OpClass::kTrainingOnly, "ps_num:int32 ps_ids:int32 >"},
    {"IteratorH2D", OpClass::kTrainingOnly, "input:resource nums:int64 > !"},
    {"KMeansCentroids", OpClass::kKeep,
     "x:T y:T sum_square_y:T sum_square_x:T > segment_sum:T segment_count:T kmean_total_sum:T | "
     "use_actual_distance:b=false"},
    {"KMeansCentroidsV2", OpClass::kKeep,
     "x:T y:T sum_square_y:T > segment_sum:T segment_count:T kmean_total_sum:T | use_actual_distance:b=false"},
    {"LARS", OpClass::kTrainingOnly, "inputs_w:[T inputs_g:[T weight_decay:float > outputs:[T"},
    {"LRUCacheV2", OpClass::kExternal,
     "index_list:T &data:dtype &cache:dtype &tag:T is_last_call:T > &data1:dtype &cache1:dtype &tag1:dtype "
     "index_offset_list:T not_in_cache_index_list:T not_in_cache_number:T !"},
    {"LambApplyOptimizerAssign", OpClass::kTrainingOnly,
     "input0:T input1:T input2:T input3:T mul0_x:T mul1_x:T mul2_x:T mul3_x:T add2_y:T steps:T "
     "do_use_weight:T weight_decay_rate:T > update:T output1:T output2:T !"},
    {"LambApplyWeightAssign", OpClass::kTrainingOnly, "input0:T input1:T input2:T input3:T input4:T > output0:T !"},
    {"LarsV2", OpClass::kTrainingOnly, "input_weight:T input_grad:T weight_decay:T learning_rate:T > output:T"},
    {"LoadAndExecuteOm", OpClass::kKeep,
     "inputs:[Tin model_data:string > outputs:[output_dtypes | executor_type:s= !"},
    {"LogTimeStamp", OpClass::kTrainingOnly, ">"},
    {"LruCache", OpClass::kExternal, "> cache:resource | load_factor:f=1 container:s= shared_name:s=LruCache !"},
    {"NPUInit", OpClass::kTrainingOnly, ">"},
    {"NPUShutdown", OpClass::kTrainingOnly, ">"},
    {"NPUTest", OpClass::kTrainingOnly, ">"},
    {"NonZero", OpClass::kKeep, "x:T > y:output_type | transpose:b=false output_type:t=int64 !"},
    {"NonZeroWithValue", OpClass::kKeep,
     "x:T > value:T index:output_type count:output_type | transpose:b=false output_type:t=int32 !"},
    {"NonZeroWithValueShape", OpClass::kKeep, "value:T index:int32 count:int32 > out_value:T out_index:int32"},
    {"NonZeroWithValueShapeV2", OpClass::kKeep,
     "value:T index:int32 count:int32 > value_output:T index_output:int32"},
    {"NpuAllocFloatStatus", OpClass::kTrainingOnly, "> float_status:float !"},
    {"NpuCall", OpClass::kFunction, "args:[Tin > output:[Tout !"},
    {"NpuClearFloatStatus", OpClass::kTrainingOnly, "float_status:float > cleared_float_status:float !"},
    {"NpuClearFloatStatusV2", OpClass::kTrainingOnly, "> !"},
    {"NpuGetFloatStatus", OpClass::kTrainingOnly, "input_float:float > float_status:float !"},
    {"NpuGetFloatStatusV2", OpClass::kTrainingOnly, "> data:int32 !"},
    {"NpuMapAndBatchDataset", OpClass::kTrainingOnly,
     "input_dataset:variant other_arguments:[Targuments batch_size:int64 num_parallel_calls:int64 "
     "drop_remainder:bool > handle:variant"},
    {"NpuMapDataset", OpClass::kTrainingOnly,
     "input_dataset:variant other_arguments:[Targuments num_parallel_calls:int64 > handle:variant"},
    {"NpuOnnxGraphOp", OpClass::kKeep, "inputs:[Tin > outputs:[Tout"},
    {"OCRDetectionPostHandle", OpClass::kKeep,
     "img:uint8 polys_data:int32 polys_offset:int32 polys_size:int32 > imgs_data:uint8 imgs_offset:int32 "
     "imgs_size:int32 rect_points:int32 | data_format:s=NHWC"},
    {"OCRDetectionPreHandle", OpClass::kKeep,
     "img:uint8 > resized_img:uint8 h_scale:float w_scale:float | data_format:s=NHWC"},
    {"OCRFindContours", OpClass::kKeep,
     "img:uint8 > polys_data:int32 polys_offset:int32 polys_size:int32 | value_mode:i=0"},
    {"OCRIdentifyPreHandle", OpClass::kKeep,
     "imgs_data:uint8 imgs_offset:int32 imgs_size:int32 > resized_imgs:uint8 | data_format:s=NHWC"},
    {"OCRRecognitionPreHandle", OpClass::kKeep,
     "imgs_data:uint8 imgs_offset:int32 imgs_size:int32 langs:int32 langs_score:T > imgs:uint8 "
     "imgs_relation:int32 imgs_lang:int32 imgs_piece_fillers:int32 | batch_size:i=8 data_format:s=NHWC "
     "pad_mode:s=REPLICATE"},
    {"OutfeedDequeueOp", OpClass::kPlaceholder, "> outputs:[output_types !"},
    {"OutfeedEnqueueOp", OpClass::kTrainingOnly, "inputs:[Tin > !"},
    {"PRelu", OpClass::kKeep, "x:T weight:T > y:T !"},
    {"PReluGrad", OpClass::kTrainingOnly, "grads:T features:T weights:T > dx:T da:T !"},
    {"ProdEnvMatA", OpClass::kKeep,
     "coord:T type:int32 natoms:int32 box:T mesh:int32 davg:T dstd:T > descrpt:T descrpt_deriv:T rij:T "
     "nlist:int32 | rcut_a:f=0 rcut_r:f=0 rcut_r_smth:f=0 !"},
    {"ProdForceSeA", OpClass::kKeep,
     "net_deriv:T in_deriv:T nlist:int32 natoms:int32 > force:T | n_a_sel:i=0 n_r_sel:i=0 !"},
    {"ProdVirialSeA", OpClass::kKeep,
     "net_deriv:T in_deriv:T rij:T nlist:int32 natoms:int32 > virial:T atom_virial:T | n_a_sel:i=0 "
     "n_r_sel:i=0 !"},
    {"QueueData", OpClass::kPlaceholder, "> output:T !"},
    {"QueueDataset", OpClass::kTrainingOnly, "input_dataset:variant > handle:variant !"},
    {"RandomChoiceWithMask", OpClass::kKeep, "x:bool > y:int32 mask:bool | count:i=0 seed:i=0 seed2:i=0"},
    {"ResizeAndClipPolys", OpClass::kKeep,
     "polys_data:int32 polys_offset:int32 polys_size:int32 h_scale:float w_scale:float img_h:int32 "
     "img_w:int32 > clipped_polys_data:int32 clipped_polys_offset:int32 clipped_polys_size:int32 "
     "clipped_polys_num:int32"},
    {"ResizeV2", OpClass::kKeep, "x:T dst_size:dstT > y:T"},
    {"ScatterElements", OpClass::kKeep, "data:T indices:indexT updates:T > y:T | axis:i=0"},
    {"ScatterElementsV2", OpClass::kKeep, "data:T indices:indexT updates:T > y:T | axis:i=0 reduction:s=None"},
    {"SendH2D", OpClass::kTrainingOnly, "inputs:[Tin > !"},
    {"StatelessDropout", OpClass::kPass, "x:T noise_shape:int64 p:T seed:int64 offset:int64 > y:T !"},
    {"StatelessRandomChoiceWithMask", OpClass::kKeep,
     "x:bool count:int32 seed:int64 offset:int64 > y:int32 mask:bool"},
    {"StopOutfeedDequeueOp", OpClass::kTrainingOnly, "> !"},
    {"TableToResource", OpClass::kExternal, "table_id:int32 > table_handle:resource"},
    {"TableToResourceV2", OpClass::kExternal, "table_id:int32 > table_handle:int64"},
    {"TabulateFusion", OpClass::kKeep, "table:T table_info:T em_x:T em:T > descriptor:T !"},
    {"TabulateFusionGrad", OpClass::kTrainingOnly,
     "table:T table_info:T em_x:T em:T dy:T descriptor:T > dy_dem_x:T dy_dem:T !"},
    {"TabulateFusionSeA", OpClass::kKeep, "table:T table_info:T em_x:T em:T > descriptor:T !"},
    {"TabulateFusionSeAGrad", OpClass::kTrainingOnly,
     "table:T table_info:T em_x:T em:T dy:T descriptor:T > dy_dem_x:T dy_dem:T !"},
    {"UninitEmbeddingHashmap", OpClass::kTrainingOnly, "table_id:int32 >"},
    {"UninitPartitionMap", OpClass::kTrainingOnly, ">"},
    {"WarpAffineV2", OpClass::kKeep, "x:T matrix:float dst_size:dstT > y:T | border_value:i=0"},
};

namespace detail {

constexpr bool OpTableIsSorted() {
  for (std::size_t i = 1; i < std::size(kOpTable); ++i) {
    if (!(kOpTable[i - 1].name < kOpTable[i].name)) return false;
  }
  return true;
}
static_assert(OpTableIsSorted());

// The names of the ops of a class for which `wanted` is true.
template <bool (*wanted)(const OpInfo&)>
constexpr auto SelectOps() {
  constexpr std::size_t kCount = [] {
    std::size_t count = 0;
    for (const OpInfo& op : kOpTable) count += wanted(op) ? 1 : 0;
    return count;
  }();
  std::array<std::string_view, kCount> names{};
  std::size_t size = 0;
  for (const OpInfo& op : kOpTable) {
    if (wanted(op)) names[size++] = op.name;
  }
  return names;
}

inline std::string ArgDef(std::string_view text) {
  std::string arg;
  bool is_ref = false;
  std::string_view number;
  if (text.front() == '&') {
    is_ref = true;
    text.remove_prefix(1);
  }
  if (const std::size_t star = text.find('*'); star != std::string_view::npos) {
    number = text.substr(0, star);
    text.remove_prefix(star + 1);
  }
  const std::size_t colon = text.find(':');
  std::string_view type = text.substr(colon + 1);
  wire::PutBytesField(&arg, 1, text.substr(0, colon));
  const DataType dtype = DataTypeFromName(type);
  if (type.front() == '[') {
    wire::PutBytesField(&arg, 6, type.substr(1));
  } else if (dtype != DataType::kInvalid) {
    wire::PutVarintField(&arg, 3, static_cast<std::uint32_t>(dtype));
  } else {
    wire::PutBytesField(&arg, 4, type);
  }
  if (!number.empty()) wire::PutBytesField(&arg, 5, number);
  if (is_ref) wire::PutVarintField(&arg, 16, 1);
  return arg;
}

inline std::int64_t ToInt(std::string_view digits) {
  std::int64_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

// Decimal fractions as the table has them. (from_chars for floats is younger than the oldest compilers.)
inline float ToFloat(std::string_view digits) {
  const bool negative = !digits.empty() && digits.front() == '-';
  if (negative) digits.remove_prefix(1);
  const std::size_t point = (std::min)(digits.find('.'), digits.size());
  double value = static_cast<double>(ToInt(digits.substr(0, point)));
  double scale = 1;
  for (const char digit : digits.substr((std::min)(point + 1, digits.size()))) {
    value = value * 10 + (digit - '0');
    scale *= 10;
  }
  return static_cast<float>((negative ? -value : value) / scale);
}

// "keep_prob:f=1" as an AttrDef.
inline std::string AttrDef(std::string_view text) {
  const std::size_t colon = text.find(':'), equals = text.find('=');
  const std::string_view kind = text.substr(colon + 1, equals - colon - 1);
  std::string_view value = text.substr(equals + 1);
  std::string type, attr;
  if (kind == "i") {
    type = "int";
    attr = attr::Int(ToInt(value));
  } else if (kind == "f") {
    type = "float";
    attr = attr::Float(ToFloat(value));
  } else if (kind == "b") {
    type = "bool";
    attr = attr::Bool(value == "true");
  } else if (kind == "t") {
    type = "type";
    attr = attr::Type(DataTypeFromName(value));
  } else if (kind == "s") {
    type = "string";
    attr = attr::String(value);
  } else if (kind == "li") {
    type = "list(int)";
    std::vector<std::int64_t> values;
    while (!value.empty()) values.push_back(ToInt(graphfreeze::detail::CutAt(&value, ',')));
    attr = attr::Ints(values);
  } else {
    type = "list(float)";
    std::string list;
    while (!value.empty()) {
      std::string one = attr::Float(ToFloat(graphfreeze::detail::CutAt(&value, ',')));
      list += one;  // field 4 of ListValue too
    }
    wire::PutBytesField(&attr, 1, list);
  }
  std::string def;
  wire::PutBytesField(&def, 1, text.substr(0, colon));
  wire::PutBytesField(&def, 2, type);
  wire::PutBytesField(&def, 3, attr);
  return def;
}

}  // namespace detail

// The op as an OpDef message.
inline std::string MakeOpDef(const OpInfo& op) {
  std::string def;
  wire::PutBytesField(&def, 1, op.name);
  std::string_view rest = op.signature;
  std::uint32_t field = 2;  // input_arg, output_arg, attr
  while (!rest.empty()) {
    const std::string_view word = graphfreeze::detail::CutAt(&rest, ' ');
    if (word.empty()) continue;
    if (word == ">") {
      field = 3;
    } else if (word == "|") {
      field = 4;
    } else if (word == "!") {
      wire::PutVarintField(&def, 17, 1);
    } else {
      wire::PutBytesField(&def, field, field == 4 ? detail::AttrDef(word) : detail::ArgDef(word));
    }
  }
  return def;
}

// Makes the ops of a table known; those that the registry has already stay.
template <std::size_t kSize>
absl::Status AddOpDefs(OpRegistry& ops, const OpInfo (&table)[kSize]) {
  std::string list;
  for (const OpInfo& op : table) wire::PutBytesField(&list, 1, MakeOpDef(op));
  return ops.AddOpList(list);
}
// Makes the adapter's ops known.
inline absl::Status AddOpDefs(OpRegistry& ops) { return AddOpDefs(ops, kOpTable); }
inline absl::Status AddOpDefs(Graph& graph) { return AddOpDefs(graph.ops()); }

// What an op of the adapter's is; none for others.
inline std::optional<OpClass> Classify(std::string_view op) {
  const OpInfo* const found = std::lower_bound(std::begin(kOpTable), std::end(kOpTable), op,
                                               [](const OpInfo& a, std::string_view b) { return a.name < b; });
  if (found == std::end(kOpTable) || found->name != op) return std::nullopt;
  return found->op_class;
}

}  // namespace npu
GRAPHFREEZE_NAMESPACE_END
