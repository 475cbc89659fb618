/**
 * Atomic steps inside Redis. All keys of a script have the same hash tag, so each runs on one node of a cluster.
 * A started script runs to completion: it is one entry of the append-only file, and anything that could fail in it (such as a rank
 * that is not a number) is checked before sending.
 */

/**
 * One commit to some slices of one generation.
 * KEYS  1 meta (hash: born; e<slice> epoch, l<slice> id of the last commit, c<slice> checkpoint)  2 documents (hash)
 *       3 lists (set of names)  4 tallies (hash)  5 cells (sorted set)  6… the lists that are written, each a sorted set
 * ARGV  1 epoch  2 id of the commit  3 ids it may follow, separated by spaces  4 checkpoint or ''  5 channel to tell
 *       6 number of slices, then slice …; none: nothing is looked at
 *       then number of puts, then key, text …   then number of removed, then key …
 *       then for each list: name, number of ranks, rank, key …, number taken off, key …
 *       then number of tallies, then cell, delta …
 * Answer {'ok'} | {'repeated'} | {'gone'} (no such generation) | {'fenced', current epoch} | {'diverged', last id}
 */
export const COMMIT = `
local slices = tonumber(ARGV[6])
local at = 7 + slices
if slices > 0 then
  if redis.call('HEXISTS', KEYS[1], 'born') == 0 then return {'gone'} end
  local names = {}
  for n = 1, slices do
    local slice = ARGV[6 + n]
    names[n] = 'e' .. slice
    names[slices + n] = 'l' .. slice
    names[2 * slices + n] = 'c' .. slice
  end
  local held = redis.call('HMGET', KEYS[1], unpack(names))
  local epoch, follows, repeated = tonumber(ARGV[1]), ' ' .. ARGV[3] .. ' ', 0
  for n = 1, slices do
    if held[n] and tonumber(held[n]) > epoch then return {'fenced', held[n]} end
  end
  for n = 1, slices do
    local last = held[slices + n] or '-'
    if last == ARGV[2] then
      repeated = repeated + 1
    elseif not string.find(follows, ' ' .. last .. ' ', 1, true) then
      return {'diverged', last}
    end
  end
  if repeated == slices then return {'repeated'} end
  local new, through = {}, ARGV[4]
  for n = 1, slices do
    new[#new + 1] = names[slices + n]
    new[#new + 1] = ARGV[2]
    local checkpoint = held[2 * slices + n]
    if not checkpoint or (through ~= '' and tonumber(checkpoint) < tonumber(through)) then
      new[#new + 1] = names[2 * slices + n]
      new[#new + 1] = through ~= '' and through or '-1'
    end
  end
  redis.call('HSET', KEYS[1], unpack(new))
end

-- Lua passes a few thousand arguments at once; more go in several calls.
local function all(command, key, values)
  local stop = at + values
  while at < stop do
    local upto = math.min(at + 4000, stop)
    redis.call(command, key, unpack(ARGV, at, upto - 1))
    at = upto
  end
end
local function count()
  at = at + 1
  return tonumber(ARGV[at - 1])
end

all('HSET', KEYS[2], 2 * count())
all('HDEL', KEYS[2], count())
for n = 6, #KEYS do
  local name = ARGV[at]
  at = at + 1
  local ranks = count()
  if ranks > 0 then redis.call('SADD', KEYS[3], name) end
  all('ZADD', KEYS[n], 2 * ranks)
  all('ZREM', KEYS[n], count())
end
for n = 1, count() do
  local cell, delta = ARGV[at], ARGV[at + 1]
  at = at + 2
  local sum = redis.call('HINCRBY', KEYS[4], cell, delta)
  if sum == 0 then
    redis.call('HDEL', KEYS[4], cell)
    redis.call('ZREM', KEYS[5], cell)
  elseif sum == tonumber(delta) then
    redis.call('ZADD', KEYS[5], 0, cell)
  end
end
redis.call('PUBLISH', ARGV[5], '')
return {'ok'}
`;

/**
 * From now on, commits to these slices under an earlier epoch are refused.
 * KEYS  1 meta    ARGV  1 epoch  2… slices
 * Answer {'ok', checkpoint or '', id of the last commit or '-', …} by slice | {'gone'} | {'fenced', current epoch}
 */
export const TAKE = `
if redis.call('HEXISTS', KEYS[1], 'born') == 0 then return {'gone'} end
for n = 2, #ARGV do
  local held = redis.call('HGET', KEYS[1], 'e' .. ARGV[n])
  if held and tonumber(held) > tonumber(ARGV[1]) then return {'fenced', held} end
end
local answer = {'ok'}
for n = 2, #ARGV do
  local slice = ARGV[n]
  redis.call('HSET', KEYS[1], 'e' .. slice, ARGV[1])
  answer[#answer + 1] = redis.call('HGET', KEYS[1], 'c' .. slice) or ''
  answer[#answer + 1] = redis.call('HGET', KEYS[1], 'l' .. slice) or '-'
end
return answer
`;

/**
 * Entries of a list in order of (rank, key).
 * KEYS  1 the list
 * ARGV  1 least rank  2 most  3 'ascending' | 'descending'  4 limit  5 rank and 6 key of the entry before the first, or '' and ''
 * Answer key, rank, key, rank …
 */
export const LIST = `
local list, ascending, limit = KEYS[1], ARGV[3] == 'ascending', tonumber(ARGV[4])
-- Bytes, as Redis orders them; Lua's own comparison follows the locale.
local function less(a, b)
  for n = 1, math.min(#a, #b) do
    local x, y = string.byte(a, n), string.byte(b, n)
    if x ~= y then return x < y end
  end
  return #a < #b
end
local from = redis.call('ZCOUNT', list, '-inf', '(' .. ARGV[1])
local to = redis.call('ZCOUNT', list, '-inf', ARGV[2])
if ARGV[5] ~= '' then
  -- Number of entries before (or, ascending, up to) the one given: by rank, then by halving among those of the same rank.
  local low = redis.call('ZCOUNT', list, '-inf', '(' .. ARGV[5])
  local high = redis.call('ZCOUNT', list, '-inf', ARGV[5])
  while low < high do
    local middle = math.floor((low + high) / 2)
    local key = redis.call('ZRANGE', list, middle, middle)[1]
    if less(key, ARGV[6]) or (ascending and key == ARGV[6]) then low = middle + 1 else high = middle end
  end
  if ascending then from = math.max(from, low) else to = math.min(to, low) end
end
if ascending then to = math.min(to, from + limit) else from = math.max(from, to - limit) end
if from >= to then return {} end
return redis.call('ZRANGE', list, from, to - 1, 'WITHSCORES')
`;

/**
 * Cells by name with their sums.
 * KEYS  1 tallies  2 cells    ARGV  1 first name  2 name behind the last    Answer cell, sum, cell, sum …
 */
export const TALLIES = `
local cells = redis.call('ZRANGE', KEYS[2], '[' .. ARGV[1], '(' .. ARGV[2], 'BYLEX')
local answer = {}
for from = 1, #cells, 4000 do
  local upto = math.min(from + 3999, #cells)
  local sums = redis.call('HMGET', KEYS[1], unpack(cells, from, upto))
  for n = from, upto do
    answer[2 * n - 1] = cells[n]
    answer[2 * n] = sums[n - from + 1]
  end
end
return answer
`;

/**
 * Announces a worker and extends its leases.
 * KEYS  1 leases (hash: slice → epoch, end in ms, worker)  2 workers (sorted set, by the ms until which they are there)
 * ARGV  1 worker  2 ms  3… workers that have ended
 * Answer {workers}, {by slice its holder, or '' where it is free}
 */
export const STAY = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local dead = {}
for n = 3, #ARGV do
  dead[ARGV[n]] = true
  redis.call('ZREM', KEYS[2], ARGV[n])
end
redis.call('ZADD', KEYS[2], now + ARGV[2], ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', string.format('%.0f', now))
local holders = {}
for slice = 0, 63 do
  holders[slice + 1] = ''
  local lease = redis.call('HGET', KEYS[1], slice)
  if lease then
    local epoch, until_, worker = string.match(lease, '^(%d+) (%d+) (.*)$')
    if worker == ARGV[1] then
      redis.call('HSET', KEYS[1], slice, epoch .. ' ' .. string.format('%.0f', now + ARGV[2]) .. ' ' .. worker)
      holders[slice + 1] = worker
    elseif dead[worker] or tonumber(until_) <= now then
      redis.call('HDEL', KEYS[1], slice)
    else
      holders[slice + 1] = worker
    end
  end
end
return {redis.call('ZRANGE', KEYS[2], 0, -1), holders}
`;

/**
 * Leases slices to a worker if they are free or its own. An epoch is higher than any before, even those lost with the data of a
 * Redis, because it is never behind the clock.
 * KEYS  1 leases  2 workers  3 epoch    ARGV  1 worker  2 ms  3… slices    Answer {epoch, slice …}
 */
export const LEASE = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local epoch = string.format('%.0f', math.max(tonumber(redis.call('GET', KEYS[3]) or '0') + 1, now))
local ends = string.format('%.0f', now + ARGV[2])
local answer = {epoch}
for n = 3, #ARGV do
  local lease = redis.call('HGET', KEYS[1], ARGV[n])
  local until_, worker = string.match(lease or '0 0 ', '^%d+ (%d+) (.*)$')
  if worker == ARGV[1] or tonumber(until_) <= now then
    redis.call('HSET', KEYS[1], ARGV[n], epoch .. ' ' .. ends .. ' ' .. ARGV[1])
    answer[#answer + 1] = ARGV[n]
  end
end
redis.call('SET', KEYS[3], epoch)
redis.call('ZADD', KEYS[2], ends, ARGV[1])
return answer
`;

/**
 * Releases slices.
 * KEYS  1 leases  2 workers    ARGV  1 worker  2 '1' if it leaves  3… slices    Answer 1
 */
export const RELEASE = `
for n = 3, #ARGV do
  local lease = redis.call('HGET', KEYS[1], ARGV[n])
  if lease and string.match(lease, '^%d+ %d+ (.*)$') == ARGV[1] then redis.call('HDEL', KEYS[1], ARGV[n]) end
end
if ARGV[2] == '1' then redis.call('ZREM', KEYS[2], ARGV[1]) end
return 1
`;

/**
 * Compare-and-set of the registry.
 * KEYS  1 registry (hash: version, by, text)  2 generations whose data is still to be deleted (set)
 * ARGV  1 version it is made from  2 id of the call  3 text  4 channel to tell  5… generations that leave
 * Answer 1, or 0 if another process was faster; the same for a repeated call
 */
export const SAVE_REGISTRY = `
if redis.call('HGET', KEYS[1], 'by') == ARGV[2] then return 1 end
local version = tonumber(redis.call('HGET', KEYS[1], 'version') or '0')
if version ~= tonumber(ARGV[1]) then return 0 end
redis.call('HSET', KEYS[1], 'version', version + 1, 'by', ARGV[2], 'text', ARGV[3])
if #ARGV > 4 then redis.call('SADD', KEYS[2], unpack(ARGV, 5)) end
redis.call('PUBLISH', ARGV[4], '')
return 1
`;
