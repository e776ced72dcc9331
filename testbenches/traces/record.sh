#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Records shipped.pcap.gz: real clients and servers, ten seconds, between network namespaces of this machine only.
#
#   sudo testbenches/traces/record.sh [OUTPUT.pcap.gz]
#
#   router (clients 198.51.100.0/24, 2001:db8:1::/64)         server (owns all virtual addresses)
#     203.0.113.1, 2001:db8:2::1   ── veth, untagged ─────────  203.0.113.2, 2001:db8:2::2
#   office (clients 192.0.2.0/24)  ── veth, VLAN 100 ─────────  192.0.2.1
#
# tcpdump records the server's ends with nanosecond stamps, all offloads off, so frames and checksums are as on
# a wire. The second link stands for VLAN 100 of a trunk: merge_captures.py adds its tags, since a kernel need not
# have 802.1Q. Everything started here ends with this script, however it ends.

set -euo pipefail

here=$(dirname "$(readlink -f "$0")")
output=${1:-$here/shipped.pcap.gz}
tag=slutrace$$
router=$tag-router
office=$tag-office
server=$tag-server
work=$(mktemp -d)
clients=200
office_clients=20

cleanup() {
  local namespace pids
  for namespace in "$router" "$office" "$server"; do
    pids=$(ip netns pids "$namespace" 2>/dev/null || true)
    # shellcheck disable=SC2086
    [[ -z $pids ]] || kill $pids 2>/dev/null || true
  done
  sleep 0.2
  for namespace in "$router" "$office" "$server"; do
    ip netns del "$namespace" 2>/dev/null || true
  done
  rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 1' INT TERM HUP

at() { # NAMESPACE COMMAND...
  local namespace=$1
  shift
  ip netns exec "$namespace" "$@"
}

# ---- the network ---------------------------------------------------------------------------------

link() { # NAMESPACE SERVER-INTERFACE MAC
  ip -n "$1" link add wire address "$3" type veth peer name "$2" address 02:00:5e:00:00:02 netns "$server"
  at "$1" ethtool -K wire tx off rx off tso off gso off gro off >/dev/null
  at "$server" ethtool -K "$2" tx off rx off tso off gso off gro off >/dev/null
  ip -n "$server" link set "$2" up
  ip -n "$1" link set wire up
}

for namespace in "$router" "$office" "$server"; do
  ip netns add "$namespace"
  ip -n "$namespace" link set lo up
done
link "$router" front 02:00:5e:00:00:01
link "$office" vlan100 02:00:5e:00:00:03

{
  echo 'address add 203.0.113.1/24 dev wire'
  echo 'address add 2001:db8:2::1/64 dev wire nodad'
  for ((i = 1; i <= clients; i++)); do
    echo "address add 198.51.100.$i/32 dev lo"
    printf 'address add 2001:db8:1::%x/128 dev lo nodad\n' "$i"
  done
} | ip -n "$router" -batch -
{
  for ((i = 1; i <= office_clients; i++)); do echo "address add 192.0.2.$((i + 10))/24 dev wire"; done
  echo 'route add 203.0.113.0/24 via 192.0.2.1'
} | ip -n "$office" -batch -
{
  echo 'address add 192.0.2.1/24 dev vlan100'
  echo 'address add 203.0.113.2/24 dev front'
  echo 'address add 2001:db8:2::2/64 dev front nodad'
  for host in 10 20 30 40 53; do echo "address add 203.0.113.$host/32 dev front"; done
  for host in 10 20 53; do echo "address add 2001:db8:2::$host/128 dev front nodad"; done
  echo 'route add 198.51.100.0/24 via 203.0.113.1'
  echo 'route add 2001:db8:1::/64 via 2001:db8:2::1'
} | ip -n "$server" -batch -
# As on a real path, an ICMP error for every unreachable port.
at "$server" sysctl -qw net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0

# ---- the servers ---------------------------------------------------------------------------------

mkdir "$work/www"
chmod 755 "$work" "$work/www"
page() { # FILE BYTES
  yes 'All work and no play makes a load balancer a dull box. 0123456789' | head -c "$2" >"$work/www/$1" || true
}
page index.html 1200
page small.html 300
page style.css 8000
page photo.jpg 45000
page download.iso 9000000
page report.csv 2500000

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=shop.example.test \
  -keyout "$work/key.pem" -out "$work/cert.pem" 2>/dev/null

cat >"$work/nginx.conf" <<CONF
daemon off; user root; worker_processes 1; pid $work/nginx.pid; error_log stderr crit;
events { worker_connections 4096; }
http {
  access_log off; keepalive_timeout 65; keepalive_requests 100000; client_max_body_size 0;
  client_body_temp_path $work/body;
  types { text/html html; text/css css; image/jpeg jpg; }
  server {
    listen 203.0.113.10:80; listen [2001:db8:2::10]:80; listen 203.0.113.30:80; listen 203.0.113.40:8080;
    listen 203.0.113.20:443 ssl; listen [2001:db8:2::20]:443 ssl;
    ssl_certificate $work/cert.pem; ssl_certificate_key $work/key.pem; ssl_session_tickets off;
    root $work/www;
    location = /upload { return 204; }
  }
}
CONF
at "$server" nginx -e stderr -p "$work" -c "$work/nginx.conf" &
# Larger than 512 bytes, so that the answer comes over TCP.
large=({a..f}-$(printf '%0220d' 0))
at "$server" dnsmasq --no-daemon --conf-file=/dev/null --no-resolv --no-hosts --user=root \
  --listen-address=203.0.113.53,2001:db8:2::53 --bind-interfaces --address=/example.test/203.0.113.10 \
  --address=/example.test/2001:db8:2::10 "${large[@]/#/--txt-record=large.example.test,}" &
sleep 0.5

# ---- the capture ---------------------------------------------------------------------------------

capture() { # INTERFACE
  ip netns exec "$server" tcpdump -i "$1" -n -Z root -s 0 -B 32768 --time-stamp-precision=nano \
    -w "$work/$1.pcap" 2>/dev/null &
  captures+=($!)
}
captures=()
capture front
capture vlan100
sleep 0.7

# ---- the clients ---------------------------------------------------------------------------------

client() { echo "198.51.100.$((1 + ($1) % clients))"; }
client6() { printf '2001:db8:1::%x' $((1 + ($1) % clients)); }

# fetch NAMESPACE SOURCE RATE COUNT URL: COUNT connections with a request each, RATE of them a second
fetch() {
  local -a urls=()
  local i
  for ((i = 0; i < $4; i++)); do urls+=(-o /dev/null "$5?$i"); done
  at "$1" curl -gsk --max-time 9 --interface "$2" --rate "$3/s" -H 'Connection: close' "${urls[@]}" || true
}

# browse NAMESPACE SOURCE HOST: one connection, a page and what is on it
browse() {
  local site=$3
  at "$1" curl -gsk -o /dev/null -o /dev/null -o /dev/null -o /dev/null --max-time 9 --interface "$2" \
    "$site/index.html" "$site/style.css" "$site/small.html" "$site/photo.jpg" || true
}

ask() { # SOURCE SERVER ARGUMENT...
  local source=$1 server_address=$2
  shift 2
  at "$router" dig -b "$source" "@$server_address" +time=1 +tries=1 +noedns "$@" >/dev/null || true
}

cat >"$work/pace.lua" <<'LUA'
-- Thinks for a while between requests, as people do.
function delay() return math.random(20, 120) end
LUA

# A few connections that outlast everything else.
long_connections() {
  local pace=40k
  at "$router" curl -s -o /dev/null --max-time 9.5 --limit-rate $pace --interface "$(client 7)" \
    http://203.0.113.10/download.iso &
  at "$router" curl -gs -o /dev/null --max-time 9.5 --limit-rate $pace --interface "$(client6 8)" \
    'http://[2001:db8:2::10]/download.iso' &
  at "$office" curl -s -o /dev/null --max-time 9.5 --limit-rate $pace --interface 192.0.2.11 \
    http://203.0.113.30/download.iso &
  at "$router" curl -s -o /dev/null --max-time 9.5 --limit-rate 900k --interface "$(client 9)" \
    http://203.0.113.40:8080/download.iso &
}

short_connections() { # ROUND
  local i base=$(($1 * 53))
  for i in {0..19}; do
    fetch "$router" "$(client $((base + i * 7)))" $((9 + i)) $((9 + i)) http://203.0.113.10/small.html &
  done
  for i in {0..3}; do
    fetch "$router" "$(client6 $((base + i)))" 20 20 'http://[2001:db8:2::10]/small.html' &
    fetch "$router" "$(client $((base + i * 3)))" 8 8 https://203.0.113.20/small.html &
    fetch "$router" "$(client $((base + 100 + i)))" 18 18 http://203.0.113.30/index.html &
    fetch "$office" "192.0.2.$((11 + (base + i) % office_clients))" 15 12 http://203.0.113.10/index.html &
  done
  fetch "$router" "$(client6 $((base + 60)))" 4 6 'https://[2001:db8:2::20]/small.html' &
}

browsers() { # ROUND
  local i
  for i in {1..10}; do
    browse "$router" "$(client $(($1 * 31 + i * 5)))" http://203.0.113.10 &
    sleep 0.03
  done
  browse "$office" "192.0.2.$((20 + $1))" https://203.0.113.20 &
}

names() { # ROUND
  local i
  for i in {1..22}; do
    ask "$(client $(($1 * 17 + i)))" 203.0.113.53 "host$i.example.test" A "host$i.example.test" AAAA
  done
  for i in {1..6}; do
    ask "$(client6 $(($1 * 17 + i)))" 2001:db8:2::53 "host$i.example.test" AAAA
    ask "$(client $(($1 * 29 + i)))" 203.0.113.53 +tcp "host$i.example.test" A
  done
  ask "$(client $1)" 203.0.113.53 large.example.test TXT
  ask "$(client $1)" 203.0.113.53 absent.invalid A
}

trouble() { # ROUND: what does not work, and what asks whether it does
  local i source
  source=$(client $(($1 + 40)))
  at "$router" ping -q -n -c 5 -i 0.2 -I "$source" 203.0.113.10 >/dev/null &
  at "$router" ping -q -n -c 4 -i 0.2 -I "$(client6 $1)" 2001:db8:2::10 >/dev/null &
  at "$router" ping -q -n -c 2 -i 0.2 -s 4000 -I "$source" 203.0.113.10 >/dev/null &
  at "$router" ping -q -n -c 2 -i 0.2 -s 4000 -I "$(client6 $1)" 2001:db8:2::10 >/dev/null &
  at "$router" ping -q -n -c 1 -t 1 -I "$source" 203.0.113.10 >/dev/null || true # TTL 1, as traceroute begins
  for i in 22 23 3389 8081; do # closed: RST
    at "$router" curl -s -o /dev/null --max-time 1 --interface "$source" "http://203.0.113.10:$i/" || true
    at "$router" curl -gs -o /dev/null --max-time 1 --interface "$(client6 $1)" "http://[2001:db8:2::10]:$i/" || true
  done
  for i in 9999 33434 33435; do # closed: ICMP port unreachable
    ask "$source" 203.0.113.10 -p $i probe.example.test A
  done
  at "$office" curl -s -o /dev/null --max-time 1 http://203.0.113.20:8443/ || true
  # Gives up in the middle: RST while data is in flight.
  for i in 1 2 3; do
    at "$router" curl -s -o /dev/null --max-time 0.15 --limit-rate 500k --interface "$source" \
      http://203.0.113.10/download.iso || true
  done
}

long_connections
trouble 1 &
sleep 0.4

# Round 1: a busy site.
at "$router" wrk -t 1 -c 24 -d 2s -s "$work/pace.lua" http://203.0.113.10/index.html >/dev/null &
short_connections 1
browsers 1
names 1
sleep 0.9

# Round 2: an upload and a fast download beside short connections.
at "$router" curl -s -o /dev/null --max-time 4 --limit-rate 1200k --interface "$(client 90)" -H 'Expect:' \
  --data-binary "@$work/www/report.csv" http://203.0.113.10/upload &
short_connections 2
names 2
at "$router" curl -s -o /dev/null --max-time 2 --limit-rate 2M --interface "$(client 91)" \
  http://203.0.113.30/download.iso || true
trouble 2
sleep 1.2

# Round 3: IPv6, the office and the other virtuals.
at "$router" wrk -t 1 -c 8 -d 1s -s "$work/pace.lua" 'http://[2001:db8:2::10]/index.html' >/dev/null &
at "$office" wrk -t 1 -c 8 -d 1s -s "$work/pace.lua" http://203.0.113.30/small.html >/dev/null &
short_connections 3
browsers 3
names 3

sleep 1.5
kill "${captures[@]}"
wait "${captures[@]}" || true

/usr/bin/python3 "$here/merge_captures.py" "$output" "$work/front.pcap" "$work/vlan100.pcap:100"
