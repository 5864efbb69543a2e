-- POST /v1/devices, each with a push token of its own: client key, number of the first token.
require "load_report"

local zones = {"Asia/Baku", "Europe/London", "Europe/Istanbul", "Asia/Tbilisi",
  "Europe/Berlin", "America/New_York", "Asia/Dubai", "Europe/Kyiv"}
local head, number
local tails = {}

function init(args)
  number = tonumber(args[2])
  for i, zone in ipairs(zones) do
    tails[i - 1] = '","environment":"production","locale":"az-AZ","time_zone":"' .. zone ..
      '","app_version":"3.1.0","topics":{"politics":"digest","sport":"instant"}}'
  end
  head = 'POST /v1/devices HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ' .. args[1] ..
    '\r\nContent-Type: application/json\r\nContent-Length: '
end

function request()
  number = number + 1
  local body = string.format('{"platform":"ios","token":"%064x', number) .. tails[number % #zones]
  return head .. #body .. '\r\n\r\n' .. body
end
