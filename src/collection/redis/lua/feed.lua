-- ARGV: 10 epoch and 11 seq to go on from, 12 how many at most.
local after, at_most = tonumber(ARGV[11]), tonumber(ARGV[12])
local seq = tonumber(first_seq)
if ARGV[10] ~= epoch or after < tonumber(floor) or after > seq then
  return answer({ 'gap', seq, 0 })
end
local page = call('ZRANGEBYSCORE', feed, '(' .. ARGV[11], '+inf', 'WITHSCORES',
  'LIMIT', 0, at_most + 1)
local more = #page > 2 * at_most
local members, seqs = {}, {}
for at = 1, math.min(#page, 2 * at_most), 2 do
  members[#members + 1] = page[at]
  seqs[#seqs + 1] = page[at + 1]
end
local results, values = {}, read_all(members)
for at, member in ipairs(members) do
  local value = values[at]
  if not value then
    -- Redis was short of memory, and dropped it.
    value = 'E' .. now_text .. text(tonumber(seqs[at])) .. '0removed'
  elseif is_live(value) then
    value = 'U' .. sub(value, 86, 89)
  end
  results[at] = member .. value
end
local upto = seq
if more then upto = tonumber(seqs[#seqs] or after) end
return answer({ 'changes', upto, more and 1 or 0, results })
