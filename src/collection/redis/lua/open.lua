-- Says how the collection stands. Where the feed has lost its last entry, it is another collection.
local last = call('ZRANGE', feed, -1, -1, 'WITHSCORES')
if tonumber(first_seq) > tonumber(floor) and tonumber(last[2] or -1) ~= tonumber(first_seq) then
  set_up(first_seq)
  epoch, floor = ARGV[3], first_seq
end
return answer({})
