// Protobuf's text format (.pbtxt): text to bytes and back, for the messages that TensorFlow writes
// as files.
//
//   absl::StatusOr<std::string> bytes = TextToBinary("GraphDef", text);
//
// The work is done by protobuf's TextFormat over DynamicMessage. The schema is a table of our own,
// built into a private DescriptorPool for each call (about a millisecond): nothing is registered
// anywhere, so a host that has TensorFlow's own messages linked in is not disturbed. Nothing is
// printed, whatever the input.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <google/protobuf/arena.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/message.h>
#include <google/protobuf/text_format.h>

#include <graphfreeze/model/schema_table.hpp>
#include <graphfreeze/support/config.hpp>
#include <graphfreeze/support/hash.hpp>
#include <graphfreeze/support/status.hpp>
#include <graphfreeze/wire/proto.hpp>

#if GOOGLE_PROTOBUF_VERSION < 3021000
#error "graphfreeze needs protobuf 3.21 or newer (libprotobuf-dev of Debian 12)"
#endif

GRAPHFREEZE_NAMESPACE_BEGIN

struct TextOptions {
  // Skip fields, and names of enum values, that the schema does not know. Otherwise they are
  // errors.
  bool allow_unknown = false;
};

namespace detail {

namespace proto = ::google::protobuf;

// The messages of schema_table.hpp in a pool of their own. Holds descriptors of everything made
// from it.
class SchemaPool {
 public:
  // How the type_url of an Any is declared. TextFormat knows the expanded form of an Any,
  // [type.googleapis.com/tensorflow.X] { ... }, only if it is a string; protobuf prints to stderr
  // when a string is not UTF-8, so it is one only where that form is to be read.
  enum class AnyUrl { kBytes, kString };

  explicit SchemaPool(AnyUrl any_url) {
    proto::FileDescriptorProto google_file;
    google_file.set_name("graphfreeze/google.proto");
    google_file.set_package("google.protobuf");
    google_file.set_syntax("proto3");
    proto::FileDescriptorProto tensorflow_file;
    tensorflow_file.set_name("graphfreeze/tensorflow.proto");
    tensorflow_file.set_package("tensorflow");
    tensorflow_file.set_syntax("proto3");
    tensorflow_file.add_dependency(google_file.name());

    NameMap<proto::DescriptorProto*> messages;  // by full name
    proto::DescriptorProto* message = nullptr;
    proto::EnumDescriptorProto* enumeration = nullptr;
    for (std::string_view text : kSchemaTable) {
      while (!text.empty()) {
        std::string_view line = Cut(&text, '\n');
        const std::string_view first = Cut(&line, ' ');
        const std::string_view second = Cut(&line, ' ');
        if (first == "message" || first == "enum") {
          const std::size_t dot = second.rfind('.');
          const std::string name(second.substr(dot + 1));
          proto::FileDescriptorProto& file =
              second.substr(0, 7) == "google." ? google_file : tensorflow_file;
          const auto parent = messages.find(second.substr(0, dot));
          if (first == "message") {
            enumeration = nullptr;
            message = parent != messages.end() ? parent->second->add_nested_type()
                                               : file.add_message_type();
            message->set_name(name);
            messages[second] = message;
          } else {
            enumeration =
                parent != messages.end() ? parent->second->add_enum_type() : file.add_enum_type();
            enumeration->set_name(name);
          }
        } else if (enumeration != nullptr) {
          proto::EnumValueDescriptorProto* value = enumeration->add_value();
          value->set_name(std::string(first));
          value->set_number(Number(second));
        } else if (message != nullptr) {
          AddField(message, first, Number(second), Cut(&line, ' '), line, any_url);
        }
      }
    }
    built_ = pool_.BuildFile(google_file) != nullptr && pool_.BuildFile(tensorflow_file) != nullptr;
  }

  // The message of that name, "tensorflow.GraphDef" or just "GraphDef"; null if the table has none.
  const proto::Descriptor* Find(std::string_view name) const {
    if (!built_) return nullptr;
    const bool full = name.find('.') != std::string_view::npos;
    return pool_.FindMessageTypeByName(full ? std::string(name) : Concat("tensorflow.", name));
  }

 private:
  static std::string_view Cut(std::string_view* text, char separator) {
    const std::size_t end = text->find(separator);
    const std::string_view piece = text->substr(0, end);
    text->remove_prefix(end == std::string_view::npos ? text->size() : end + 1);
    return piece;
  }

  static int Number(std::string_view text) {
    int number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
  }

  static void AddField(proto::DescriptorProto* message, std::string_view name, int number,
                       std::string_view type, std::string_view oneof, AnyUrl any_url) {
    using Field = proto::FieldDescriptorProto;
    static constexpr struct {
      std::string_view name;
      Field::Type type;
    } kScalars[] = {
        {"bytes", Field::TYPE_BYTES},       {"int32", Field::TYPE_INT32},
        {"int64", Field::TYPE_INT64},       {"bool", Field::TYPE_BOOL},
        {"float", Field::TYPE_FLOAT},       {"double", Field::TYPE_DOUBLE},
        {"uint32", Field::TYPE_UINT32},     {"uint64", Field::TYPE_UINT64},
        {"sint32", Field::TYPE_SINT32},     {"sint64", Field::TYPE_SINT64},
        {"fixed32", Field::TYPE_FIXED32},   {"fixed64", Field::TYPE_FIXED64},
        {"sfixed32", Field::TYPE_SFIXED32}, {"sfixed64", Field::TYPE_SFIXED64},
    };
    Field* field = message->add_field();
    field->set_name(std::string(name));
    field->set_number(number);
    const bool repeated = type.front() == '*';
    if (repeated) type.remove_prefix(1);
    field->set_label(repeated ? Field::LABEL_REPEATED : Field::LABEL_OPTIONAL);
    if (type == "string") {
      field->set_type(any_url == AnyUrl::kString ? Field::TYPE_STRING : Field::TYPE_BYTES);
    } else if (type.find('.') != std::string_view::npos) {
      field->set_type_name(Concat(".", type));  // a message or an enum: the pool finds out which
    } else {
      for (const auto& scalar : kScalars) {
        if (scalar.name == type) field->set_type(scalar.type);
      }
    }
    if (!oneof.empty()) {
      int index = 0;
      while (index < message->oneof_decl_size() && message->oneof_decl(index).name() != oneof)
        ++index;
      if (index == message->oneof_decl_size())
        message->add_oneof_decl()->set_name(std::string(oneof));
      field->set_oneof_index(index);
    }
  }

  proto::DescriptorPool pool_;
  bool built_ = false;
};

// Keeps the first error. protobuf renamed the virtual function in release 22.
class TextErrors final : public proto::io::ErrorCollector {
 public:
#if GOOGLE_PROTOBUF_VERSION >= 4022000
  void RecordError(int line, proto::io::ColumnNumber column, absl::string_view message) override {
    Keep(line, column, FromAbsl(message));
  }
  void RecordWarning(int, proto::io::ColumnNumber, absl::string_view) override {}
#else
  void AddError(int line, proto::io::ColumnNumber column, const std::string& message) override {
    Keep(line, column, message);
  }
  void AddWarning(int, proto::io::ColumnNumber, const std::string&) override {}
#endif

  absl::Status status(std::string_view message_type) const {
    if (line_ < 0) return InvalidArgument("not a ", message_type, " in text form: ", message_);
    return InvalidArgument("not a ", message_type, " in text form: line ", line_ + 1, ", column ",
                           column_ + 1, ": ", message_);
  }

 private:
  void Keep(int line, int column, std::string_view message) {
    if (!message_.empty()) return;
    line_ = line;
    column_ = column;
    message_ = std::string(message);
  }

  int line_ = -1;
  int column_ = 0;
  std::string message_;
};

// Looks types of Anys up in the private pool. An Any directly in an Any is refused: protobuf does
// not count such nesting against its limit, and nobody writes it.
class AnyFinder final : public proto::TextFormat::Finder {
 public:
  explicit AnyFinder(const SchemaPool* pool) : pool_(pool) {}
  const proto::Descriptor* FindAnyType(const proto::Message&, const std::string&,
                                       const std::string& name) const override {
    return name.find('.') == std::string::npos || name == "google.protobuf.Any" ? nullptr
                                                                                : pool_->Find(name);
  }

 private:
  const SchemaPool* pool_;
};

// Editors put a byte order mark before UTF-8; older releases of protobuf stumble over it.
inline std::string_view WithoutByteOrderMark(std::string_view text) {
  return text.substr(0, 3) == "\xef\xbb\xbf" ? text.substr(3) : text;
}

// Braces and brackets outside strings and comments may nest this deep. protobuf's parser has its
// limit of 100 messages; what it skips or reads as a list does not count there in every release.
inline constexpr int kMaxTextDepth = 2 * wire::kMaxDepth + 1;

inline absl::Status CheckTextDepth(std::string_view text, std::string_view message_type) {
  int depth = 0;
  const char* const end = text.data() + text.size();
  for (const char* p = text.data(); p != end; ++p) {
    switch (*p) {
      case '"':
      case '\'': {
        const char quote = *p;
        while (++p != end && *p != quote && *p != '\n') {
          if (*p == '\\' && p + 1 != end) ++p;
        }
        if (p == end) return absl::OkStatus();  // the parser says what is wrong with it
        break;
      }
      case '#':
        while (p + 1 != end && p[1] != '\n') ++p;
        break;
      case '{':
      case '[':
      case '<':
        if (++depth > kMaxTextDepth) {
          std::int64_t line = 1;
          for (const char* q = text.data(); q != p; ++q) line += *q == '\n';
          return InvalidArgument("not a ", message_type, " in text form: line ", line,
                                 ": messages nest more than ", wire::kMaxDepth, " deep");
        }
        break;
      case '}':
      case ']':
      case '>':
        --depth;
        break;
      default:
        break;
    }
  }
  return absl::OkStatus();
}

// True if every type_url in the message may be serialised without protobuf complaining about it on
// stderr.
inline bool AnyUrlsArePrintable(const proto::Message& message) {
  const proto::Reflection& reflection = *message.GetReflection();
  std::vector<const proto::FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const proto::FieldDescriptor* field : fields) {
    if (field->type() == proto::FieldDescriptor::TYPE_STRING && !field->is_repeated()) {
      for (char c : reflection.GetString(message, field)) {
        if (static_cast<signed char>(c) < 0) return false;
      }
    }
    if (field->cpp_type() != proto::FieldDescriptor::CPPTYPE_MESSAGE) continue;
    if (!field->is_repeated()) {
      if (!AnyUrlsArePrintable(reflection.GetMessage(message, field))) return false;
      continue;
    }
    const int size = reflection.FieldSize(message, field);
    for (int i = 0; i < size; ++i) {
      if (!AnyUrlsArePrintable(reflection.GetRepeatedMessage(message, field, i))) return false;
    }
  }
  return true;
}

inline constexpr std::size_t kMaxTextBytes =
    static_cast<std::size_t>(std::numeric_limits<int>::max());

}  // namespace detail

// The message that the text stands for, as protobuf would serialise it: fields by number, repeated
// fields and map entries in the order of the text. `message_type` is "GraphDef", "MetaGraphDef",
// "SavedModel", "SaverDef", "CheckpointState", or any message that these hold. What is wrong with a
// text is told with line and column.
inline absl::StatusOr<std::string> TextToBinary(std::string_view message_type,
                                                std::string_view text,
                                                const TextOptions& options = TextOptions()) {
  if (text.size() > detail::kMaxTextBytes) {
    return ResourceExhausted("a text of ", text.size(), " bytes; protobuf reads at most 2 GiB");
  }
  text = detail::WithoutByteOrderMark(text);
  GRAPHFREEZE_RETURN_IF_ERROR(detail::CheckTextDepth(text, message_type));
  using AnyUrl = detail::SchemaPool::AnyUrl;
  const bool expanded_any = text.find("type.google") != std::string_view::npos;
  const detail::SchemaPool pool(expanded_any ? AnyUrl::kString : AnyUrl::kBytes);
  const detail::proto::Descriptor* const type = pool.Find(message_type);
  if (type == nullptr) return InvalidArgument("no message type '", message_type, "' in the schema");

  detail::proto::DynamicMessageFactory factory;
  detail::proto::Arena arena;
  detail::proto::Message* const message = factory.GetPrototype(type)->New(&arena);
  detail::TextErrors errors;
  const detail::AnyFinder finder(&pool);
  detail::proto::TextFormat::Parser parser;
  parser.RecordErrorsTo(&errors);
  parser.SetFinder(&finder);
  parser.SetRecursionLimit(wire::kMaxDepth);
  parser.AllowUnknownField(options.allow_unknown);
  parser.AllowUnknownExtension(options.allow_unknown);
  detail::proto::io::ArrayInputStream input(text.data(), static_cast<int>(text.size()));
  if (!parser.Parse(&input, message)) return errors.status(message_type);
  if (expanded_any && !detail::AnyUrlsArePrintable(*message)) {
    return InvalidArgument("not a ", message_type, " in text form: a type_url that is not ASCII");
  }

  const std::size_t size = message->ByteSizeLong();
  if (size > detail::kMaxTextBytes) {
    return ResourceExhausted("a ", message_type, " of ", size,
                             " bytes; protobuf allows at most 2 GiB");
  }
  std::string bytes(size, '\0');
  if (!message->SerializePartialToArray(&bytes[0], static_cast<int>(size))) {
    return ResourceExhausted("cannot serialise a ", message_type, " of ", size, " bytes");
  }
  return bytes;
}

// The text of a serialised message, as protobuf prints it: fields by number, strings with octal
// escapes. Unknown fields are printed by their number, which TextToBinary does not read back.
inline absl::StatusOr<std::string> BinaryToText(std::string_view message_type,
                                                std::string_view bytes) {
  if (bytes.size() > detail::kMaxTextBytes) {
    return ResourceExhausted("a ", message_type, " of ", bytes.size(),
                             " bytes; protobuf reads at most 2 GiB");
  }
  const detail::SchemaPool pool(detail::SchemaPool::AnyUrl::kBytes);
  const detail::proto::Descriptor* const type = pool.Find(message_type);
  if (type == nullptr) return InvalidArgument("no message type '", message_type, "' in the schema");
  detail::proto::DynamicMessageFactory factory;
  detail::proto::Arena arena;
  detail::proto::Message* const message = factory.GetPrototype(type)->New(&arena);
  if (!message->ParsePartialFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return DataLoss("not a serialised ", message_type, ": malformed, or nested more than ",
                    wire::kMaxDepth, " deep");
  }
  std::string text;
  detail::proto::io::StringOutputStream output(&text);
  if (!detail::proto::TextFormat::Printer().Print(*message, &output)) {
    return ResourceExhausted("the text of a ", message_type, " of ", bytes.size(),
                             " bytes does not fit into memory");
  }
  return text;
}

GRAPHFREEZE_NAMESPACE_END
