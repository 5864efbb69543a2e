#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <type_traits>

#include "adapters/simulators/gateway_simulator.hpp"

namespace paperboy::simulators {

// A gateway_simulator on a thread of its own. Its functions may be called from any other thread.
class simulator_thread {
 public:
  // Listens before it returns; throws what gateway_simulator throws.
  explicit simulator_thread(gateway_options options);
  ~simulator_thread();  // stops it and joins the thread
  simulator_thread(const simulator_thread&) = delete;
  simulator_thread& operator=(const simulator_thread&) = delete;

  // Runs `f(gateway_simulator&)` on the thread, waits for it, and hands over what it returns or
  // throws.
  template <class Function>
  std::invoke_result_t<Function, gateway_simulator&> call(Function f) {
    using value = std::invoke_result_t<Function, gateway_simulator&>;
    if constexpr (std::is_void_v<value>) {
      run([&f](gateway_simulator& s) { f(s); });
    } else {
      std::optional<value> out;
      run([&f, &out](gateway_simulator& s) { out.emplace(f(s)); });
      return std::move(*out);
    }
  }

 private:
  void run(const std::function<void(gateway_simulator&)>& f);

  struct parts;
  std::unique_ptr<parts> parts_;
};

}  // namespace paperboy::simulators
