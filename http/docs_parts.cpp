#include "http/docs_parts.hpp"

#include <algorithm>
#include <cctype>
#include <map>

#include "http/html.hpp"
#include "http/problem_texts.hpp"

namespace atrium::http::docs {
namespace {

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

std::string badge(const documented_operation& op) {
  return "<span class=\"m " + op.method + "\">" + upper(op.method) + "</span>";
}

std::string link_to(std::string_view schema) {
  const auto name = escaped(schema);
  return "<a href=\"#schema-" + name + "\">" + name + "</a>";
}

std::string type_of(const documented_field& f) {
  auto out = escaped(f.type);
  if (!f.schema.empty()) out += (out.empty() ? "" : " ") + link_to(f.schema);
  return out;
}

std::string for_whom(const documented_operation& op) {
  static const std::map<std::string, std::string> words{{"anonymous", "anyone"},
                                                        {"signed_in", "everybody who signed in"},
                                                        {"operators", "operators"},
                                                        {"admins", "administrators"}};
  const auto known = words.find(op.role);
  auto out = "For " + escaped(known == words.end() ? op.role : known->second);
  if (!op.scope.empty()) out += " &middot; scope <code>" + escaped(op.scope) + "</code>";
  return out;
}

std::string row(const documented_field& f) {
  std::string out = "<tr><td><code>" + escaped(f.name) + "</code>";
  if (f.required) out += "<b title=\"required\">*</b>";
  if (!f.in.empty()) out += "<br><small>" + escaped(f.in) + "</small>";
  return out + "</td><td>" + type_of(f) + "</td><td>" + escaped(f.description) + "</td></tr>\n";
}

std::string table(const std::vector<documented_field>& fields) {
  std::string out = "<table><tr><th>Name</th><th>What it is</th><th>What it means</th></tr>\n";
  for (const auto& f : fields) out += row(f);
  return out + "</table>\n";
}

/// Inside single quotes of a shell.
std::string quoted_for_shell(std::string_view text) {
  std::string out;
  for (const char c : text) c == '\'' ? out += "'\\''" : out += c;
  return out;
}

bool takes(const documented_operation& op, std::string_view parameter) {
  return std::any_of(op.parameters.begin(), op.parameters.end(),
                     [&](const documented_field& f) { return f.name == parameter && f.required; });
}

std::string command(const openapi_document& doc, const documented_operation& op) {
  std::string out = "curl";
  if (op.method != "get" && (op.method != "post" || op.body.empty()))
    out += " -X " + upper(op.method);
  if (op.role != "anonymous") out += " -H \"Authorization: Bearer $KEY\"";
  if (takes(op, "Idempotency-Key")) out += " \\\n  -H \"Idempotency-Key: $RANDOM-$RANDOM\"";
  if (takes(op, "If-Match")) out += " \\\n  -H 'If-Match: *'";
  const auto* body = doc.find_schema(op.body);
  if (body != nullptr && !body->example.empty())
    out += " \\\n  -H 'Content-Type: application/json' -d '" + quoted_for_shell(body->example) +
           "' \\\n ";
  return out + " \"$ATRIUM" + op.path + "\"";
}

/// The answers people write code for, one a line; refusals together, since all look alike.
std::string answers(const documented_operation& op) {
  std::string good, bad;
  for (const auto& a : op.answers) {
    const bool refusal = a.status.front() == '4' || a.status.front() == '5';
    if (a.status == "default") continue;
    if (refusal) {
      bad += (bad.empty() ? "" : " ") + std::string("<span title=\"") + escaped(a.description) +
             "\">" + escaped(a.status) + "</span>";
      continue;
    }
    good += "<li><b>" + escaped(a.status) + "</b> " + escaped(a.description);
    if (!a.schema.empty()) good += " &rarr; " + link_to(a.schema);
    good += "</li>\n";
  }
  auto out = "<ul>" + good;
  if (!bad.empty()) out += "<li class=\"s\">refusals: " + bad + "</li>";
  return out + "</ul>\n";
}

std::string operation(const openapi_document& doc, const documented_operation& op) {
  std::string out = "<section id=\"" + escaped(op.id) + "\"><h3>" + badge(op) + " <code>" +
                    escaped(op.path) + "</code></h3>\n<p>" + escaped(op.summary) + ".";
  if (!op.description.empty()) out += " " + escaped(op.description);
  out += "</p>\n<p class=\"s\">" + for_whom(op) + "</p>\n<pre>" + escaped(command(doc, op)) +
         "</pre>\n";
  if (!op.parameters.empty()) out += table(op.parameters);
  if (const auto* body = doc.find_schema(op.body)) {
    out += "<h4>Body: " + link_to(op.body) + "</h4>\n";
    if (!body->description.empty()) out += "<p>" + escaped(body->description) + ".</p>\n";
    out += table(body->fields);
  }
  return out + answers(op) + "</section>\n";
}

std::string aliases(const openapi_document& doc) {
  std::string out;
  for (const auto& op : doc.operations)
    if (!op.alias_of.empty())
      out += "<tr><td>" + badge(op) + " <code>" + escaped(op.path) + "</code></td><td><a href=\"#" +
             escaped(op.id) + "\"><code>" + escaped(op.alias_of) + "</code></a></td></tr>\n";
  return out;
}

}  // namespace

std::string navigation(const openapi_document& doc) {
  std::string out;
  for (const auto& tag : doc.tags) {
    out += "<b><a href=\"#tag-" + escaped(tag.name) + "\">" + escaped(tag.name) + "</a></b>\n";
    for (const auto& op : doc.operations)
      if (op.tag == tag.name && op.alias_of.empty())
        out += "<a href=\"#" + escaped(op.id) + "\" title=\"" + escaped(op.path) + "\">" +
               badge(op) + " " + escaped(op.summary) + "</a>\n";
  }
  return out;
}

std::string operations(const openapi_document& doc) {
  std::string out;
  for (const auto& tag : doc.tags) {
    out += "<h2 id=\"tag-" + escaped(tag.name) + "\">" + escaped(tag.name) + "</h2>\n<p>" +
           escaped(tag.description) + ".</p>\n";
    for (const auto& op : doc.operations)
      if (op.tag == tag.name && op.alias_of.empty()) out += operation(doc, op);
  }
  return out + "<table><tr><th>Also served as</th><th>The same as</th></tr>\n" + aliases(doc) +
         "</table>\n";
}

std::string problems() {
  std::string out =
      "<table><tr><th>code</th><th>Status</th><th>What happened</th><th>Repeat it?</th></tr>\n";
  for (const auto& text : all_problem_texts()) {
    const bool waits = text.status == 429 || text.status == 503 || text.status == 507;
    out += "<tr><td><code>" + escaped(text.name) + "</code></td><td>" +
           std::to_string(text.status) + "</td><td>" + escaped(text.title_en) + "</td><td>" +
           (waits ? "yes, after Retry-After" : "") + "</td></tr>\n";
  }
  return out + "</table>\n";
}

std::string schemas(const openapi_document& doc) {
  std::string out;
  for (const auto& s : doc.schemas) {
    out += "<section id=\"schema-" + escaped(s.name) + "\"><h3>" + escaped(s.name) + "</h3>\n";
    if (!s.description.empty()) out += "<p>" + escaped(s.description) + ".</p>\n";
    if (!s.example.empty()) out += "<pre>" + escaped(s.example) + "</pre>\n";
    out += s.fields.empty() ? "<p>" + escaped(s.type) + "</p>\n" : table(s.fields);
    out += "</section>\n";
  }
  return out;
}

}  // namespace atrium::http::docs
