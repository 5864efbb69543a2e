-- The end of every script: one line that bench_api reads.
function done(summary)
  local e = summary.errors
  print(string.format("load-report %d %d %d", summary.requests, summary.duration,
    e.connect + e.read + e.write + e.status + e.timeout))
end
