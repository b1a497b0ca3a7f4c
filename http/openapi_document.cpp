#include "http/openapi_document.hpp"

#include <algorithm>
#include <array>
#include <yaml-cpp/yaml.h>

#include "http/json_text.hpp"

namespace atrium::http {
namespace {

std::string text_of(const YAML::Node& node) {
  return node && node.IsScalar() ? node.Scalar() : std::string();
}

/// A member of a member; nothing when either is missing.
template <class... Rest>
YAML::Node under(const YAML::Node& node, const char* key, Rest... rest) {
  if (!node || !node.IsMap()) return YAML::Node(YAML::NodeType::Null);
  if constexpr (sizeof...(rest) == 0)
    return node[key] ? node[key] : YAML::Node(YAML::NodeType::Null);
  else
    return under(node[key], rest...);
}

/// "#/components/schemas/Room" -> "Room"
std::string name_in(const std::string& reference) {
  return reference.substr(reference.rfind('/') + 1);
}

/// Bounds behind a type: " 1..200", " at least 1".
std::string bounds(const YAML::Node& schema, const char* least, const char* most) {
  const auto from = text_of(schema[least]), to = text_of(schema[most]);
  if (!from.empty() && !to.empty()) return " " + from + ".." + to;
  if (!to.empty()) return " at most " + to;
  return from.empty() ? "" : " at least " + from;
}

std::string joined(const YAML::Node& list, std::string_view separator) {
  std::string out;
  for (const auto& one : list) out += (out.empty() ? "" : std::string(separator)) + text_of(one);
  return out;
}

struct type_words {
  std::string words, schema;
};
type_words type_of(const YAML::Node& schema);

std::string one_type(const YAML::Node& schema, const std::string& type, type_words& out) {
  if (type == "integer") return "whole number" + bounds(schema, "minimum", "maximum");
  if (type == "number") return "number" + bounds(schema, "minimum", "maximum");
  if (type == "boolean") return "true or false";
  if (type == "array") {
    const auto items = type_of(schema["items"]);
    out.schema = items.schema;
    return items.words.empty() ? "list of" : "list of " + items.words;
  }
  if (type != "string") return type;
  if (const auto format = text_of(schema["format"]); !format.empty())
    return format == "date-time" ? "instant" : format;
  const auto length = bounds(schema, "minLength", "maxLength");
  return length.empty() ? "text" : "text," + length + " characters";
}

type_words type_of(const YAML::Node& schema) {
  if (!schema) return {};
  if (schema["$ref"]) return {"", name_in(text_of(schema["$ref"]))};
  if (schema["const"]) return {"\"" + text_of(schema["const"]) + "\"", ""};
  if (schema["enum"]) return {joined(schema["enum"], " | "), ""};
  type_words out;
  for (const auto* choice : {"oneOf", "anyOf", "allOf"})
    for (const auto& one : schema[choice]) {
      const auto part = type_of(one);
      if (!out.words.empty() && !part.words.empty()) out.words += " or ";
      out.words += part.words;
      if (out.schema.empty()) out.schema = part.schema;
    }
  const auto type = schema["type"];
  if (type && type.IsSequence()) {
    for (const auto& one : type)
      out.words += (out.words.empty() ? "" : " or ") + one_type(schema, text_of(one), out);
  } else if (type) {
    out.words = one_type(schema, text_of(type), out);
  }
  return out;
}

/// Quoted scalars are text; others are what they look like.
void append_json(const YAML::Node& node, std::string& out) {
  const auto list = [&](char open, char close, auto each) {
    out += open;
    bool first = true;
    for (auto it = node.begin(); it != node.end(); ++it) {
      if (!std::exchange(first, false)) out += ", ";
      each(it);
    }
    out += close;
  };
  if (node.IsMap()) {
    list('{', '}', [&](const auto& it) {
      append_json_string(it->first.Scalar(), out);
      out += ": ";
      append_json(it->second, out);
    });
  } else if (node.IsSequence()) {
    list('[', ']', [&](const auto& it) { append_json(*it, out); });
  } else {
    const auto text = text_of(node);
    double number = 0;
    const bool plain = node.Tag() != "!" && (text == "true" || text == "false" || text == "null" ||
                                             YAML::convert<double>::decode(node, number));
    if (plain)
      out += text;
    else
      append_json_string(text, out);
  }
}

/// An object with one member a line.
std::string example_of(const YAML::Node& schema) {
  const auto all = schema["examples"];
  if (!all || all.size() == 0 || !all[0].IsMap()) return {};
  std::string out = "{";
  for (const auto& member : all[0]) {
    out += out.size() > 1 ? ",\n  " : "\n  ";
    append_json_string(member.first.Scalar(), out);
    out += ": ";
    append_json(member.second, out);
  }
  return out + "\n}";
}

class reader {
 public:
  explicit reader(const YAML::Node& root) : root_(root) {}

  openapi_document read() {
    openapi_document out;
    out.description = text_of(under(root_, "info", "description"));
    for (const auto& tag : root_["tags"])
      out.tags.push_back({text_of(tag["name"]), text_of(tag["description"])});
    read_paths(out.operations);
    for (const auto& schema : under(root_, "components", "schemas"))
      out.schemas.push_back(read_schema(schema.first.Scalar(), schema.second));
    return out;
  }

 private:
  /// What a "$ref" into components means; other nodes are themselves.
  YAML::Node resolved(const YAML::Node& node, const char* kind) const {
    if (!node["$ref"]) return node;
    return under(root_, "components", kind, name_in(text_of(node["$ref"])).c_str());
  }

  void read_paths(std::vector<documented_operation>& out) const {
    constexpr std::array methods{"get", "post", "put", "patch", "delete"};
    std::vector<documented_operation> aliases;
    for (const auto& path : root_["paths"]) {
      const auto target = text_of(path.second["$ref"]);
      const auto known = path_of(target);
      const auto operations = target.empty() ? path.second : root_["paths"][known];
      for (const auto* method : methods) {
        if (!operations[method]) continue;
        auto op = read_operation(operations[method], under(operations, "parameters"));
        op.method = method;
        op.path = path.first.Scalar();
        op.alias_of = known;
        (known.empty() ? out : aliases).push_back(std::move(op));
      }
    }
    std::move(aliases.begin(), aliases.end(), std::back_inserter(out));
  }

  /// "#/paths/~1v1~1rooms" -> "/v1/rooms"
  static std::string path_of(const std::string& reference) {
    if (reference.empty()) return {};
    auto path = name_in(reference);
    for (std::size_t at; (at = path.find("~1")) != std::string::npos;) path.replace(at, 2, "/");
    return path;
  }

  /// `shared`: the parameters of all operations at one path.
  documented_operation read_operation(const YAML::Node& from, const YAML::Node& shared) const {
    documented_operation op;
    op.id = text_of(from["operationId"]);
    op.tag = joined(under(from, "tags"), ", ");
    op.summary = text_of(from["summary"]);
    op.description = text_of(from["description"]);
    op.role = text_of(from["x-atrium-role"]);
    op.scope = text_of(from["x-atrium-scope"]);
    read_parameters(shared, op);
    read_parameters(under(from, "parameters"), op);
    read_bodies(from, op);
    return op;
  }

  void read_parameters(const YAML::Node& all, documented_operation& op) const {
    for (const auto& given : all) {
      const auto parameter = resolved(given, "parameters");
      auto field = read_field(text_of(parameter["name"]), parameter["schema"]);
      field.in = text_of(parameter["in"]);
      field.required = text_of(parameter["required"]) == "true";
      field.description = text_of(parameter["description"]);
      op.parameters.push_back(std::move(field));
    }
  }

  void read_bodies(const YAML::Node& from, documented_operation& op) const {
    for (const auto& body : under(from, "requestBody", "content")) {
      op.body = name_in(text_of(under(body.second, "schema", "$ref")));
      op.body_type = body.first.Scalar();
    }
    for (const auto& given : from["responses"]) {
      const auto answer = resolved(given.second, "responses");
      documented_answer a{given.first.Scalar(), text_of(answer["description"]), {}};
      for (const auto& body : answer["content"])
        a.schema = name_in(text_of(under(body.second, "schema", "$ref")));
      op.answers.push_back(std::move(a));
    }
  }

  static documented_field read_field(std::string name, const YAML::Node& schema) {
    auto type = type_of(schema);
    documented_field f;
    f.name = std::move(name);
    f.type = std::move(type.words);
    f.schema = std::move(type.schema);
    f.description = text_of(schema["description"]);
    if (const auto usual = schema["default"]; usual && !text_of(usual).empty())
      f.description += (f.description.empty() ? "" : "; ") + text_of(usual) + " when left out";
    return f;
  }

  static documented_schema read_schema(std::string name, const YAML::Node& from) {
    documented_schema s;
    s.name = std::move(name);
    s.description = text_of(from["description"]);
    s.type = type_of(from).words;
    s.example = example_of(from);
    for (const auto& property : from["properties"]) {
      auto field = read_field(property.first.Scalar(), property.second);
      for (const auto& one : from["required"])
        field.required = field.required || text_of(one) == field.name;
      s.fields.push_back(std::move(field));
    }
    return s;
  }

  const YAML::Node root_;
};

}  // namespace

const documented_schema* openapi_document::find_schema(std::string_view name) const {
  const auto found = std::find_if(schemas.begin(), schemas.end(),
                                  [&](const documented_schema& s) { return s.name == name; });
  return found == schemas.end() ? nullptr : &*found;
}

openapi_document read_openapi(std::string_view yaml) {
  return reader(YAML::Load(std::string(yaml))).read();
}

}  // namespace atrium::http
