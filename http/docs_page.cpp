#include "http/docs_page.hpp"

#include "http/docs_parts.hpp"
#include "http/html.hpp"

namespace atrium::http {
namespace {

std::string page() {
  const auto doc = read_openapi(openapi_text());
  std::string html =
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
      "<title>Atrium: HTTP API</title><style>";
  html += docs_style();
  html +=
      "</style></head><body>\n<nav><b><a href=\"#start\">First steps</a></b>\n"
      "<a href=\"#conventions\">Conventions</a>\n<a href=\"#problems\">Refusals</a>\n";
  html += docs::navigation(doc);
  html +=
      "<b><a href=\"#schemas\">Fields</a></b></nav>\n<main>\n<h1>Atrium: HTTP API</h1>\n"
      "<p>Operators list rooms; customers book and pay for them. Nobody is double-booked, charged "
      "without a room, or given a room without having paid.</p>\n"
      "<p class=\"s\">Made from <a href=\"/openapi.yaml\">/openapi.yaml</a> (OpenAPI 3.1), which "
      "generators and test tools read.</p>\n";
  html += docs_start();
  html += docs::problems() + docs::operations(doc);
  html += "<h2 id=\"schemas\">Fields</h2>\n" + docs::schemas(doc);
  return html + "</main></body></html>\n";
}

}  // namespace

response docs_page() {
  static const std::string html = page();
  return html_answer(html, docs_style());
}

}  // namespace atrium::http
