#pragma once

#include <string>
#include <string_view>

#include "http/openapi_document.hpp"

/// The parts of the page at /docs, as HTML. Every text of the contract is escaped.
namespace atrium::http {

/// The text of http/docs.css and http/docs_start.html, compiled in.
std::string_view docs_style();
std::string_view docs_start();

}  // namespace atrium::http

namespace atrium::http::docs {

/// The list of everything, for the side of the page.
std::string navigation(const openapi_document& doc);
/// One section for each tag with its operations: what to send, a command to try, what is answered.
std::string operations(const openapi_document& doc);
/// What every refusal may be called, from problem_texts.
std::string problems();
/// Fields of everything that is sent and answered.
std::string schemas(const openapi_document& doc);

}  // namespace atrium::http::docs
