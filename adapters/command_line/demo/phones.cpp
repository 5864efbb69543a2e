#include "adapters/command_line/demo/phones.hpp"

#include <algorithm>
#include <array>
#include <random>

#include "core/domain/locale.hpp"

namespace paperboy::command_line::demo {
namespace {

constexpr auto ios = platform::ios;
constexpr auto android = platform::android;

constexpr std::array owners{
    phone_owner{"Emma", "iPhone", ios, "Europe/London", "en-GB", "", "world europe travel culture",
                0, habit::reads},
    phone_owner{"Leyla", "iPhone", ios, "Asia/Baku", "az-AZ", "", "local culture economy", 0,
                habit::reads},
    phone_owner{"Orxan", "Android", android, "Asia/Baku", "az-AZ", "", "sport travel", 0,
                habit::reads},
    phone_owner{"Jonas", "Android", android, "Europe/Berlin", "de-DE", "en", "economy science", 3,
                habit::reads},
    phone_owner{"Ирина", "iPhone", ios, "Europe/Berlin", "ru-RU", "", "local science world", 0,
                habit::reads},
    phone_owner{"Мурат", "Android", android, "Asia/Almaty", "ru-KZ", "", "sport culture", 0,
                habit::reads},
    phone_owner{"Priya", "Android", android, "Asia/Kolkata", "en-IN", "", "science economy world",
                4, habit::reads},
    phone_owner{"Bishal", "Android", android, "Asia/Kathmandu", "en-GB", "", "sport science", 0,
                habit::reads},
    phone_owner{"Grace", "iPhone", ios, "America/New_York", "en-US", "", "world economy", 2,
                habit::reads},
    phone_owner{"Kenji", "iPhone", ios, "Asia/Tokyo", "ja-JP", "en", "culture local", 0,
                habit::reads},
    phone_owner{"Ruby", "iPhone", ios, "Australia/Lord_Howe", "en-AU", "", "travel sport", 0,
                habit::reads},
    phone_owner{"Tane", "Android", android, "Pacific/Auckland", "en-NZ", "", "local world travel",
                0, habit::reads},
    phone_owner{"ياسمين", "iPhone", ios, "Africa/Cairo", "ar-EG", "", "world science culture", 0,
                habit::reads},
    phone_owner{"Günel", "Android", android, "America/St_Johns", "az-AZ", "", "travel world", 1,
                habit::reads},
    phone_owner{"Noah", "Android", android, "Europe/London", "en-GB", "", "", 0,
                habit::follows_nothing},
    phone_owner{"Sara", "iPhone", ios, "Europe/Berlin", "en-GB", "", "world sport", 0,
                habit::on_holiday},
    phone_owner{"Ilya", "Android", android, "Asia/Tbilisi", "ru-RU", "", "economy local", 0,
                habit::left},
    phone_owner{"Chloe", "iPhone", ios, "America/New_York", "en-US", "", "culture world", 0,
                habit::uninstalled},
};

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    words.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

std::mt19937_64& random_numbers() {
  static std::mt19937_64 numbers{std::random_device{}()};
  return numbers;
}

std::string random_text(std::string_view alphabet, std::size_t length) {
  std::uniform_int_distribution<std::size_t> pick{0, alphabet.size() - 1};
  std::string text;
  while (text.size() < length) text += alphabet[pick(random_numbers())];
  return text;
}

}  // namespace

std::span<const phone_owner> phone_owners() noexcept {
  return owners;
}

std::string language_read(const phone_owner& owner) {
  return language_of(owner.reads.empty() ? owner.locale : owner.reads);
}

std::vector<std::string> topics_followed(const phone_owner& owner, std::size_t n,
                                         const std::vector<std::string>& newsroom, bool sample) {
  if (owner.before_the_slot == habit::follows_nothing) return {};
  if (sample) return words_of(owner.follows);
  std::vector<std::string> followed;
  const std::size_t wanted = std::min<std::size_t>(2 + n % 3, newsroom.size());
  for (std::size_t i = 0; i < wanted; ++i) followed.push_back(newsroom[(n + i) % newsroom.size()]);
  return followed;
}

std::string new_push_token(platform p) {
  if (p == platform::ios) return random_text("0123456789abcdef", 64);
  constexpr std::string_view base64url =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
  return random_text(base64url, 22) + ":APA91b" + random_text(base64url, 134);
}

}  // namespace paperboy::command_line::demo
