-- GET /v1/preferences of many devices in turn: the file of their credentials, one a line.
require "load_report"

local requests = {}
local number = 0

function init(args)
  for credential in io.lines(args[1]) do
    requests[#requests + 1] = 'GET /v1/preferences HTTP/1.1\r\nHost: localhost\r\n' ..
      'Authorization: Bearer ' .. credential .. '\r\n\r\n'
  end
end

function request()
  number = number + 1
  return requests[number % #requests + 1]
end
