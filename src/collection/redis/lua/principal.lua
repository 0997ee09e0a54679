-- ARGV: 10 the principal, 11 the end's tail, 12 how many at most, then the members to spare.
-- Those to spare are passed over by each script again. `passed` are those that leave the order
-- without an end.
local PAGE, budget = 100, 300 + #ARGV - 12
local name, left, passed, more = ARGV[10], tonumber(ARGV[12]), 0, false
local order, entries, spared = principals .. name, {}, {}
for at = 13, #ARGV do spared[ARGV[at]] = true end

-- What stays is passed over; what ends, and what is no longer there, leaves the order.
local from = 0
while not more do
  local members = call('ZRANGE', order, from, from + PAGE - 1)
  if #members == 0 then break end
  local values, gone = read_all(members), {}
  for at, member in ipairs(members) do
    local key, value = records .. member, values[at]
    if spared[member] then
      from = from + 1
    elseif not value or not is_live(value) or principal_of(value) ~= name then
      gone[member] = false
      passed = passed + 1
    elseif left == 0 then
      more = true
      break
    else
      finish(key, value, ARGV[11])
      entries[#entries + 1] = member .. known[key]
      left = left - 1
    end
  end
  set_scores(order, gone)
  budget = budget - #members
  if budget <= 0 then more = true end
end
return answer({ more and 1 or 0, passed, entries })
