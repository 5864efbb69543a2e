-- PUT /v1/apps/anewz/items/{id}, each with an id of its own: API key, number of the first item, when
-- they were published.
require "load_report"

local head, body, number

function init(args)
  number = tonumber(args[2])
  body = '{"title":"Parliament passes the budget after a night of talks","teaser":"Deputies ' ..
    'voted at dawn.","url":"https://anewz.tv/politics/budget","topics":["politics"],' ..
    '"language":"en","published_at":"' .. args[3] .. '","priority":50}'
  head = ' HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ' .. args[1] ..
    '\r\nContent-Type: application/json\r\nContent-Length: ' .. #body .. '\r\n\r\n' .. body
end

function request()
  number = number + 1
  return 'PUT /v1/apps/anewz/items/bench-' .. number .. head
end
