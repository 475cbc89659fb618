/**
 * What happens in one step inside Redis. All keys of a script carry the same hash tag, so each runs on one node of a cluster.
 * A script that Redis has begun is done whole: it is one entry of the append-only file, and what could fail in it (a rank that is
 * no number, say) is looked at before it is sent.
 */

/**
 * One commit to one generation.
 * KEYS  1 meta (hash: epoch, last, checkpoint)  2 documents (hash)  3 lists (set of names)  4 tallies (hash)  5 cells (sorted set)
 *       6… the lists that are written, each a sorted set
 * ARGV  1 epoch  2 id of the commit  3 ids it may follow, separated by spaces, or '*'  4 checkpoint or ''  5 channel to tell
 *       6 number of puts, then key, text …   then number of removed, then key …
 *       then for each list: name, number of ranks, rank, key …, number taken off, key …
 *       then number of tallies, then cell, delta …
 * Answer {'ok'} | {'repeated'} | {'gone'} (no such generation) | {'fenced', current epoch} | {'diverged', last id}
 */
export const COMMIT = `
local epoch = redis.call('HGET', KEYS[1], 'epoch')
if not epoch then return {'gone'} end
if tonumber(epoch) > tonumber(ARGV[1]) then return {'fenced', epoch} end
local last = redis.call('HGET', KEYS[1], 'last') or '-'
if last == ARGV[2] then return {'repeated'} end
if ARGV[3] ~= '*' and not string.find(' ' .. ARGV[3] .. ' ', ' ' .. last .. ' ', 1, true) then return {'diverged', last} end

local at = 6
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
  else
    redis.call('ZADD', KEYS[5], 0, cell)
  end
end
if ARGV[4] ~= '' then redis.call('HSET', KEYS[1], 'checkpoint', ARGV[4]) end
redis.call('HSET', KEYS[1], 'last', ARGV[2])
redis.call('PUBLISH', ARGV[5], '')
return {'ok'}
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
 * A new owner.
 * KEYS  1 epoch  2 who claimed it    ARGV  1 id of the call    Answer the epoch; the same for the same call sent again
 */
export const CLAIM = `
if redis.call('GET', KEYS[2]) == ARGV[1] then return tonumber(redis.call('GET', KEYS[1])) end
redis.call('SET', KEYS[2], ARGV[1])
return redis.call('INCR', KEYS[1])
`;

/**
 * Compare and set of the registry.
 * KEYS  1 registry (hash: version, by, text)  2 epoch  3 generations whose data is still to be deleted (set)
 * ARGV  1 version it is made from  2 id of the call  3 text  4 channel to tell  5… generations that leave
 * Answer {1, epoch} | {0} when somebody else was faster; the same for the same call sent again
 */
export const SAVE_REGISTRY = `
local epoch = tonumber(redis.call('GET', KEYS[2]) or '0')
if redis.call('HGET', KEYS[1], 'by') == ARGV[2] then return {1, epoch} end
local version = tonumber(redis.call('HGET', KEYS[1], 'version') or '0')
if version ~= tonumber(ARGV[1]) then return {0} end
redis.call('HSET', KEYS[1], 'version', version + 1, 'by', ARGV[2], 'text', ARGV[3])
if #ARGV > 4 then redis.call('SADD', KEYS[3], unpack(ARGV, 5)) end
redis.call('PUBLISH', ARGV[4], '')
return {1, epoch}
`;

/**
 * The generation exists from here on, and refuses owners of an earlier epoch.
 * KEYS  1 meta    ARGV  1 epoch
 */
export const RAISE_EPOCH = `
if tonumber(redis.call('HGET', KEYS[1], 'epoch') or '-1') < tonumber(ARGV[1]) then redis.call('HSET', KEYS[1], 'epoch', ARGV[1]) end
return 1
`;
