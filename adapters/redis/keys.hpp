#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/domain/subscriber.hpp"

// Every key in Redis, and what is in it. All keys of one shard carry its hash tag, all keys of one
// app the app's, so that one script stays in one slot of a Redis Cluster.
//
//   {s017}:seq                  number, raised by every part opened; starts at 1
//   {s017}:gen                  generation of the shard, written at installation
//   {s017}:loc:<bucket>         HASH  bytes 10..15 of a subscriber id -> locator (below)
//   {s017}:tok:<bucket>         HASH  8-byte token fingerprint -> bytes 0..3 and 10..15 of a subscriber
//                               id, which find its locator, and the device number (11 bytes)
//                               [+ the same of the next owner while the token passes to another
//                               shard's subscriber]; token_index.hpp
//   {s017}:tok:noted            ZSET  "<bucket>:<fingerprint>" -> since (ms): entries to be looked
//                               after, because a write across shards is under way or died
//   {s017}:cn                   HASH  cohort number (decimal) -> cohort text, and "=" + text -> number;
//                               next: the highest number given, none is given twice. A cohort that
//                               nobody is in, and no open part of, leaves cn, co, free, m and due
//   {s017}:co:<cohort>          HASH  n: cohort number; next: slots given out so far;
//                                     d0 … d6: live devices due on Monday … Sunday; subs: subscribers;
//                                     live: live devices, whatever their days
//   {s017}:free:<cohort>        ZSET  slot -> seq when it was freed; reusable while every open part of
//                                     the cohort has a greater seq
//   {s017}:r:<cohort>:<block>   HASH  slot in block (decimal) -> packed record (record.hpp)
//   {s017}:m:<cohort>:<block>   STRING little-endian u16 per slot: the mark, days since 1970-01-01 of
//                                     the last local date with an accepted digest; as long as needed.
//                                     From byte 512 on, for each notification run with an item: length
//                                     of its id (u8), the id, two bitmaps of 32 bytes by slot: who had
//                                     the item, whose quiet hours put it off into the digest
//   {s017}:x:<subscriber id>    STRING the second half of a record too long for its block (record.hpp)
//   {s017}:t:<app>:<topic>      HASH  locator / 256 (decimal: a cohort's block) -> slots of the block
//                                     whose subscriber chose the topic (by number) to be sent at once:
//                                     up to 31 of them a byte each, in no order; more, a bitmap of
//                                     32 bytes as below. No entry: nobody. topic_index.hpp
//   {s017}:due                  ZSET  cohort -> instant (ms) of its next slot
//   {s017}:due:date             HASH  cohort -> local date (days since 1970) of that slot
//   {s017}:open                 ZSET  "<run>|<cohort>" -> the part's seq, while the part is open
//   {s017}:p:<run>|<cohort>     HASH  a part: state open|done; kind digest, or of a notification walk
//                                     (everybody of the cohort) or list (of ids: the cohort is
//                                     "<app>:#"); seq; date (days); day (weekday, 0 = Monday); at (ms); deadline (ms); from (ms: claims not before,
//                                     the spread); blocks (frozen number of blocks); next (first block
//                                     never claimed); done (blocks finished); retry (entries in the
//                                     retry set); eligible, pending (devices). Of each block, its
//                                     number in decimal behind the letter: e (epoch); b (bitmap of 32
//                                     bytes, bit n of byte n/8 with value 1 << (n % 8): settled, or in
//                                     the retry set); w (pairs of bytes, slot in block and reason, of
//                                     all that were settled otherwise than accepted); n (a slot and
//                                     how often it was noted: note.lua)
//   {s017}:run:<run>            HASH  the run in this shard: state open|done; app; parts (open parts);
//                                     eligible accepted rejected expired pending retries
//                                     devices_removed, and s:<reason> for skips: all in devices;
//                                     halt: 0, 1 paused, 2 cancelled
//   {s017}:ids:<run>            HASH  block of a list part -> its members (listed_reading.hpp)
//   {s017}:todo                 ZSET  "<run>|<cohort>" -> from when on (ms) its blocks may be claimed,
//                                     while any was never claimed;  todo:n  those of notifications
//   {s017}:ls                   ZSET  "<run>|<cohort>|<block>" -> lease deadline (ms);  ls:n  those of
//                                     notifications
//   {s017}:cl                   HASH  worker -> its last claim (nonce and answer), for a repeated call
//   {s017}:rt                   ZSET  "<run>|<subscriber id, 32 hex digits>" -> due (ms)
//   {s017}:rt:<run>             HASH  subscriber id (hex) -> retry entry (below)
//   {s017}:blame:<run>          HASH  "<subscriber id>:<worker>" -> nothing: whom a worker served when it
//                               ended by its own fault (blame.hpp)
//   {s017}:dl                   LIST  dead letters, newest first, bounded: run|subscriber id|ms
//   {paperboy}:control          HASH  layout, shards, secret, min_reader, gen:<shard>; state
//                               installing|installed (installation.hpp)
//   {q:<project>}:fcm           HASH  a Firebase project's quota: level (messages), at (ms), share (of
//                               its rate), cut (ms); :drawing  ZSET worker -> its last draw (ms)
//   {a:<app>}:topics            HASH  topic key -> number, space, JSON (item_json.hpp)
//   {a:<app>}:topics:next       the number given out last
//   {a:<app>}:topics:version    number, raised by every change of the catalogue
//   {a:<app>}:item:<id>         HASH  rev, arrived (ms), hash of the JSON; state live|deleted
//   {a:<app>}:rev:<id>:<rev>    STRING JSON of one revision of an item, never changed
//   {a:<app>}:arrived           ZSET  item id -> arrived (ms)
//   {a:<app>}:cand:<run>        STRING the frozen candidates by ordinal: "1", then a line each: id,
//                                     revision, arrived (ms)
//   {a:<app>}:runs              ZSET  run -> due (ms);  {a:<app>}:running  SET of those not done
//   {a:<app>}:run:<run>         HASH  kind state due started finished shards; o:<shard> = opened;
//                                     f:<shard> = its final counters; of a notification order (JSON,
//                                     order_json.hpp) and item (its id or empty)
//   {a:<app>}:opening           ZSET  notification run -> due (ms), until every shard has opened it
//   {a:<app>}:request:<hash>    STRING an Idempotency-Key: hash of the body, run; for a day
//
// A locator is a decimal number: cohort number * locator_slots + slot.
// A retry entry is: device mask u32, attempt u8, flags u8 (1 ambiguous, 2 moved: never tried, 4 held
// by quiet hours: never tried, 8 claimed and not settled since; above them a number of four bits that
// each claim raises, so that no two claims look alike), mark before the run u16, slot of the part u32,
// cohort text (u8 length + bytes): little-endian.
namespace paperboy::redis {

inline constexpr std::uint32_t buckets = 1024;
inline constexpr std::uint32_t block_slots = 256;
// Slots of a cohort in a shard; at most this many subscribers are there at a time.
inline constexpr std::uint32_t locator_slots = 1U << 22;
inline constexpr int layout_version = 1;

std::string shard_tag(std::uint32_t shard);                     // "{s017}"
std::string shard_key(std::uint32_t shard, std::string_view rest);  // "{s017}:seq"
std::string app_key(std::string_view app, std::string_view rest);   // "{a:anewz}:runs"
inline constexpr std::string_view control_key = "{paperboy}:control";

std::string locator_key(subscriber_id id, std::uint32_t shards);
std::string_view locator_field(const subscriber_id& id);
std::string records_key(std::uint32_t shard, std::string_view cohort, std::uint32_t block);
std::string marks_key(std::uint32_t shard, std::string_view cohort, std::uint32_t block);
std::string at_once_key(std::uint32_t shard, std::string_view app, topic_number topic);
std::string spill_key(std::uint32_t shard, const subscriber_id& id);

// Where a token is indexed. `fingerprint` is 8 raw bytes.
struct token_place {
  std::uint32_t shard = 0;
  std::string key;
  std::string fingerprint;
};
token_place place_of_token(std::string_view app, platform p, std::string_view token,
                           std::uint32_t shards);

}  // namespace paperboy::redis
