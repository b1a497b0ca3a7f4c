#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "notifications/wording.hpp"
#include "persistence/views.hpp"

namespace atrium {

/// A message as a person reads it.
struct rendered_notification {
  std::string subject;  ///< one line
  std::string text;     ///< a few sentences: what happened, what it means, what to do
};

/// The message in one language. Types: reservation.confirmed, .cancelled, .expired, .rejected,
/// .no_show, payment.declined, payment.refunded, hold.expired, webhook.disabled,
/// reservation.reminder; another type (of a later version) gets a neutral text. Pure; thread-safe.
rendered_notification render_notification(const notification_doc& doc, language in);

/// The types that have a text of their own.
std::vector<std::string_view> notification_types();

/// What frames every mail.
struct mail_words {
  std::string greeting, footer, unsubscribe, open;
  std::string room_label, time_label, booking_label;
};
mail_words words_of_mail(std::string_view reader, language in);

/// True for messages a reader may do without: everything that is not about a booking or money of
/// theirs that has changed.
bool is_optional(std::string_view type);

/// {"id","type","reservationId","roomId","subject","text","createdAt","readAt"}; reservationId is
/// null for a message about a hold, readAt while it is unread.
std::string render(const notification_doc& doc, language in);

}  // namespace atrium
