-- PATCH /v1/preferences of many devices in turn, never to what is there already: the file of their
-- credentials, number of the round (odd rounds and even ones use other values).
require "load_report"

local heads = {}
local bodies = {}
local number = 0

function init(args)
  for credential in io.lines(args[1]) do
    heads[#heads + 1] = 'PATCH /v1/preferences HTTP/1.1\r\nHost: localhost\r\n' ..
      'Authorization: Bearer ' .. credential ..
      '\r\nContent-Type: application/merge-patch+json\r\nContent-Length: '
  end
  local first = 1 + tonumber(args[2]) % 2 * 4
  for i = 0, 3 do
    local body = '{"topics":{"culture":"digest","sport":"both"},"digest":{"max_items":' ..
      first + i .. '}}'
    bodies[i] = #body .. '\r\n\r\n' .. body
  end
end

function request()
  number = number + 1
  return heads[number % #heads + 1] .. bodies[math.floor(number / #heads) % 4]
end
