#pragma once

#include <boost/intrusive/list_hook.hpp>
#include <boost/intrusive/options.hpp>
#include <cstdint>

#include "adapters/http/limits.hpp"

namespace paperboy::http {

// A connection's places in its listener's lists: of all, and of those that wait for a request.
using open_hook =
    boost::intrusive::list_base_hook<boost::intrusive::tag<struct open_tag>,
                                     boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;
using waiting_hook =
    boost::intrusive::list_base_hook<boost::intrusive::tag<struct waiting_tag>,
                                     boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

// What a listener knows of one of its connections, whatever carries it.
class connection : public open_hook, public waiting_hook {
 public:
  enum class phase : std::uint8_t {
    handshake,
    fresh,  // nothing has come yet
    idle,   // between two requests
    head,
    body,
    handling,
    writing,
    closing,
  };

  connection() = default;
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;
  virtual ~connection() = default;

  phase now_in() const noexcept { return phase_; }
  clock_time deadline() const noexcept { return deadline_; }
  bool waits_for_a_request() const noexcept {
    return phase_ == phase::fresh || phase_ == phase::idle;
  }

  // Ends the wait that is under way; the connection says 408 where a request had begun.
  virtual void expire() = 0;
  // Ends everything at once.
  virtual void cancel() = 0;

 protected:
  void enter(phase p, clock_time deadline) noexcept {
    phase_ = p;
    deadline_ = deadline;
    expired_ = false;
  }

  bool expired_ = false;

 private:
  phase phase_ = phase::fresh;
  clock_time deadline_ = clock_time::max();
};

}  // namespace paperboy::http
