-- Decides, in one atomic call and by the server's clock, about many requests for the permits of one key.
--
-- The generic cell rate algorithm in integers, for several limits at once: a microsecond brings p drops, a permit is worth q drops, and a
-- full bucket holds "full" of them; what is kept is how many are missing, and when that was. All numbers stay below 2^53, where a
-- double counts exactly. A key that is not there begins empty, and so does one that was lost: never with a burst.
--
-- KEYS  1: the key
-- ARGV  number of limits; for each: p, q, full, and the drops to charge for what was granted elsewhere
--       milliseconds to keep the key once full; the birth of the key that the caller knows; microseconds until the last moment that the
--       caller was told (it counts when the key was lost meanwhile)
--       then three for each request: want, need, longest wait in microseconds; or -permits, the moment they were for, the birth: a refund
-- Gives birth, now, and two for each request: permits granted (0: refused) and the microseconds until they may be used
local n = tonumber(ARGV[1])
local p, q, full, charge = {}, {}, {}, {}
local a = 2
for i = 1, n do
  p[i], q[i], full[i], charge[i] = tonumber(ARGV[a]), tonumber(ARGV[a + 1]), tonumber(ARGV[a + 2]), tonumber(ARGV[a + 3])
  a = a + 4
end
local keep, known, debt = tonumber(ARGV[a]), tonumber(ARGV[a + 1]), tonumber(ARGV[a + 2])
local first = a + 3

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])

-- The state: when, microseconds ahead that a refund made the drops forget, birth; for each limit p, q, missing drops.
local s = {}
local stored = redis.call('GET', KEYS[1])
if stored then
  for number in string.gmatch(stored, '%d+') do
    s[#s + 1] = tonumber(number)
  end
end
local at, ahead, birth = s[1] or now, s[2] or 0, s[3] or now
if now < at then
  birth = now -- the clock was set back: what is missing stays, and the moments of old permits mean nothing any more
end
local elapsed = math.max(0, now - at)
ahead = math.max(0, ahead - elapsed)

local missing = {}
local limits = math.max(n, (#s - 3) / 3) -- one more than we know: another version of the configuration, during a deployment
for i = 1, limits do
  local m, b = full[i], 3 * i
  if s[b + 3] then
    m = s[b + 3]
    m = m / s[b + 1] <= elapsed and 0 or m - elapsed * s[b + 1]
    if i > n then
      p[i], q[i] = s[b + 1], s[b + 2]
    elseif q[i] ~= s[b + 2] then
      m = math.ceil(m / s[b + 2] * q[i]) -- another rate than before: as many permits are missing
    end
  end
  if i <= n then
    if debt > 0 and birth ~= known then
      m = math.max(m, full[i] + debt * p[i])
    end
    m = math.min(m + charge[i], 9007199254740992)
  end
  missing[i] = m
end

local function ceiling(drops, rate)
  local rest = math.fmod(drops, rate)
  return (drops - rest) / rate + (rest > 0 and 1 or 0)
end

local function wait_of(i, permits)
  local lacking = missing[i] + permits * q[i] - full[i]
  return lacking > 0 and ceiling(lacking, p[i]) or 0
end

local function wait_for(permits)
  local wait = 0
  for i = 1, n do
    wait = math.max(wait, wait_of(i, permits))
  end
  return wait
end

-- Of all limits for one and the same moment: a limit that has to wait for another one fills up meanwhile, and runs over.
local function take(permits, wait)
  for i = 1, n do
    if wait_of(i, permits) < wait then
      missing[i] = math.max(missing[i], wait * p[i])
    end
    missing[i] = missing[i] + permits * q[i]
  end
end

-- At most what breaks no limit: it was worth less from moment to moment, to those who wait behind it and by what flowed in since.
local function refund(permits, moment, born)
  if born ~= birth then
    return
  end
  local told = -9007199254740992
  for i = 1, n do
    local over = missing[i] - full[i]
    told = math.max(told, over > 0 and ceiling(over, p[i]) or 0)
  end
  local age = now - moment
  local behind = math.max(0, age + math.max(told, ahead))
  local any = false
  for i = 1, n do
    local back = math.min(missing[i], permits * q[i] - math.min(behind, 4294967296) * p[i])
    if back > 0 then
      missing[i] = missing[i] - back
      any = true
    end
  end
  if any and told > ahead and age + told > 0 then
    ahead = told -- the drops have forgotten those who wait behind it
  end
end

local reply = {birth, now}
for d = first, #ARGV, 3 do
  local want, need, most = tonumber(ARGV[d]), tonumber(ARGV[d + 1]), tonumber(ARGV[d + 2])
  local granted, wait = want, 0
  if want < 0 then
    refund(-want, need, most)
    granted = 0
  else
    for i = 1, n do
      granted = math.min(granted, math.floor((full[i] - missing[i]) / q[i]))
    end
    if granted < need then
      granted, wait = want, wait_for(want)
      if wait > most then
        granted, wait = need, wait_for(need)
      end
      if wait > most then
        granted, wait = 0, 0
      end
    end
    if granted > 0 then
      take(granted, wait)
    end
  end
  reply[#reply + 1] = granted
  reply[#reply + 1] = wait
end

if #ARGV >= first then
  local state = {string.format('%.0f %.0f %.0f', now, ahead, birth)}
  local longest = 0
  for i = 1, limits do
    state[i + 1] = string.format('%.0f %.0f %.0f', p[i], q[i], missing[i])
    longest = math.max(longest, missing[i] / p[i])
  end
  redis.call('SET', KEYS[1], table.concat(state, ' '), 'PX', string.format('%.0f', keep + longest / 1000))
end
return reply
