#!/usr/bin/env bats
# network.bats - the list of hosts: what it takes, what it lets through, what it
# says of addresses; and queries for names, byte for byte.

load helper

setup_file() {
    local root=$BATS_TEST_DIRNAME/../..

    "${CC:-cc}" -std=c11 -D_GNU_SOURCE -I"$root/src" \
        -o "$BATS_FILE_TMPDIR/network" "$BATS_TEST_DIRNAME/network.c" \
        "$root"/src/{network,resolver,util}.c
    "${CC:-cc}" -std=c11 -D_GNU_SOURCE -I"$root/src" \
        -o "$BATS_FILE_TMPDIR/forward" "$BATS_TEST_DIRNAME/forward.c" \
        "$root"/src/{forward,network,resolver,util}.c
}

# listed HOST... -- CLAIM...: "QUESTION = ANSWER", each.
listed() {
    local hosts=() got each

    while [ "$1" != -- ]; do
        hosts+=("$1")
        shift
    done
    shift
    mapfile -t got < <(printf '%s\n' "${@%% = *}" |
        "$BATS_FILE_TMPDIR/network" "${hosts[@]}")
    for each; do
        [ "${each#* = }" = "${got[0]}" ] || fail "$each: ${got[0]}"
        got=("${got[@]:1}")
    done
}

@test "a name is on the list as a whole, in any case, with a dot at its end, on its ports" {
    listed example.org '*.below.test' x.test:8080 Upper.Test. -- \
        'name example.org 443 = example.org' 'name example.org 80 = example.org' \
        'name EXAMPLE.oRg. 443 = example.org' 'name example.org 22 = -' \
        'name example.org. 0 = example.org' 'name example.org.. 443 = -' \
        'name evil-example.org 443 = -' 'name example.org.evil.test 443 = -' \
        'name www.example.org 443 = -' 'name org 443 = -' 'name .example.org 443 = -' \
        'name a.below.test 443 = *.below.test' 'name a.b.below.test 80 = *.below.test' \
        'name below.test 443 = -' 'name .below.test 443 = -' \
        'name xbelow.test 443 = -' 'name evilbelow.test 443 = -' \
        'name a.below.test.evil.test 443 = -' \
        'name x.test 8080 = x.test:8080' 'name x.test 443 = -' \
        'name upper.test 443 = Upper.Test.' 'name 127.0.0.1 80 = -' 'name 2130706433 80 = -'
    listed '*.a.test:1' x.a.test:1 -- 'name x.a.test 1 = x.a.test:1'
}

@test "an address is on the list as such alone" {
    listed 10.0.0.5:5432 '[2001:db8::1]:443' 192.0.2.7 2001:db8::7 -- \
        'address 10.0.0.5 5432 = 10.0.0.5:5432' 'address 10.0.0.5 80 = -' \
        'address ::ffff:10.0.0.5 5432 = 10.0.0.5:5432' \
        'address 2001:db8::1 443 = [2001:db8::1]:443' 'address 2001:db8::1 80 = -' \
        'address 192.0.2.7 80 = 192.0.2.7' 'address 2001:db8::7 443 = 2001:db8::7' \
        'address 192.0.2.8 80 = -'
}

@test "what is no host is refused, with what would be" {
    local value
    for value in '' . .. a..b .a '*' '*.' '*.*' '*a.test' 'a.*.test' a: a:0 a:65536 \
        a:x a:1: '[::1' '[::1]x' '[::1]:' ::1:443:x 'a b' 'a/b' 1.2.3 0x7f.1 2130706433 \
        "$letters" "$raw" 0.0.0.0 224.0.0.1 255.255.255.255 fe80::1 ff02::1 ::; do
        refused "--net-allow" --net-allow "$value" true
    done
    refused 'scheme' --net-allow https://example.org/ true
    refused 'xn--' --net-allow müller.test true
    refused 'another port than 53' --net-allow example.org:53 true
    refused 'open, none or listed' --network maybe true
    for value in '' x 0 65536 1:2:3 a:1 1: :1 '[::1]' 10.0.0.300:1 1:0 -1 1:x; do
        refused --publish --publish "$value" true
    done
}

@test "the network is one setting: the highest level wins, lists add up" {
    mkdir -p "$dir/config/playpen/presets"
    export XDG_CONFIG_HOME=$dir/config
    echo '--net-allow one.test' > "$dir/config/playpen/presets/lister"
    network() {
        playpen -n --explain --user --preset lister "$@" true
        sed -n 's/^ *\(network\|reached from outside\)  *\(.*[^ ]\)  .*/\2/p' "$dir/out"
    }
    [[ $(network) = *'by name'*$'\none.test, ports 80 and 443' ]] || fail "$out"
    [[ $(network --net-allow two.test:1) = *$'\none.test, ports 80 and 443\ntwo.test:1' ]] || fail "$out"
    [[ $(network --network none) = 'no, but'* ]] || fail "$out"
    [[ $(network --private-network) = 'no, but'* ]] || fail "$out"
    [[ $(network --network open) = yes* ]] || fail "$out"
    [[ $(PLAYPEN_OPTIONS='--network none' network --net-allow two.test) = *one.test*two.test* ]] || fail "$out"
    refused contradict --network none --net-allow a.test true
    refused contradict --net-allow a.test --network open true
    refused contradict --publish 3000 --network open true
    refused 'take port 3000 inside' --publish 8000:3000 --net-allow localhost:3000 true
    refused 'take port 443 inside' --publish 443 --net-allow a.test true
    [[ $(properties --user --publish 3000 true) = *PrivateNetwork=yes* ]]
    [[ $(properties --user --publish 3000 true) != *CAP_NET_ADMIN* ]]
    [[ $(properties --user --network listed true) = *'AmbientCapabilities=CAP_SYS_ADMIN CAP_NET_ADMIN CAP_NET_BIND_SERVICE'* ]]
    dry --network listed true
    [[ $err = *'served by playpen'* ]]
}

@test "which addresses are public" {
    local each
    for each in 0.1.2.3=local 1.1.1.1=public 9.255.255.255=public 10.0.0.0=private \
        10.255.255.255=private 11.0.0.1=public 100.63.255.255=public 100.64.0.1=private \
        100.100.100.200=local 100.128.0.0=public 127.0.0.1=local 127.255.255.255=local \
        168.63.129.16=local 169.254.169.254=local 172.15.0.1=public 172.16.0.1=private \
        172.31.255.255=private 172.32.0.0=public 192.0.0.192=local 192.0.1.1=public \
        192.0.2.1=private 192.168.1.1=private 198.18.0.1=private 198.19.255.255=private \
        198.20.0.1=public 203.0.113.1=private 223.255.255.255=public 224.0.0.1=local \
        240.0.0.1=local 255.255.255.255=local ::=local ::1=local ::7f00:1=local \
        ::ffff:127.0.0.1=local ::ffff:8.8.8.8=public 64:ff9b::a00:1=private \
        64:ff9b::7f00:1=local 64:ff9b::808:808=public 64:ff9b:1::808:808=private \
        64:ff9b:1::a9fe:a9fe=local 64:ff9b::a9fe:a9fe=local ::ffff:0:a9fe:a9fe=local \
        ::ffff:0:808:808=private 100::1=private \
        2001::1=private 2001:db8::1=private 2001:4860::1=public 2002:7f00:1::=local \
        2002:a00:1::=private 2002:808:808::=public 2600::1=public 3fff::1=private \
        4000::1=private fc00::1=private fd00:ec2::254=local fd00:ec2::23=local \
        fd00:ec3::23=private fd00:42::42=local fd00:c1::a9fe:a9fe=local fd20:ce::254=local \
        fd00:a9fe:a9fe::1=local fd12::1=private fe80::1=local \
        febf::1=local fec0::1=private ff02::1=local; do
        listed -- "reach ${each%=*} = ${each#*=}"
    done
}

@test "a name in full may lead to a private address, a pattern to public ones, none to this machine, unless that is listed" {
    listed full.test '*.some.test' 10.0.0.9:80 localhost:443 127.0.0.5:80 '[fd00:ec2::23]:80' -- \
        'dial full.test 80 10.0.0.1 = yes' 'dial full.test 80 11.0.0.1 = yes' \
        'dial full.test 80 127.0.0.1 = no' 'dial full.test 443 127.0.0.1 = yes' \
        'dial full.test 443 ::1 = yes' 'dial full.test 80 ::ffff:127.0.0.1 = no' \
        'dial full.test 80 127.0.0.5 = yes' 'dial full.test 443 127.0.0.5 = no' \
        'dial full.test 80 169.254.169.254 = no' 'dial full.test 80 0.0.0.0 = no' \
        'dial full.test 80 fd00:ec2::254 = no' 'dial full.test 80 fd12::1 = yes' \
        'dial full.test 80 fd00:ec2::23 = yes' 'dial full.test 443 fd00:ec2::23 = no' \
        'dial a.some.test 80 11.0.0.1 = yes' 'dial a.some.test 80 10.0.0.1 = no' \
        'dial a.some.test 80 10.0.0.9 = yes' 'dial a.some.test 443 10.0.0.9 = no' \
        'dial a.some.test 80 fd12::1 = no'
}

@test "the listeners inside: names on all addresses, localhost on its own, addresses on theirs" {
    local dns='address=198.18.0.1/15,udp=198.18.0.1/53,tcp=198.18.0.1/53,udp=127.0.0.1/53,tcp=127.0.0.1/53,udp=127.0.0.53/53,tcp=127.0.0.53/53,udp=::1/53,tcp=::1/53'
    listed -- "orders = $dns"
    listed a.test b.test:443 -- "orders = $dns,tcp=0.0.0.0/80,tcp=0.0.0.0/443"
    listed localhost:5432 127.0.0.1:5432 -- "orders = $dns,tcp=127.0.0.1/5432,tcp=::1/5432"
    listed localhost:80 a.test:80 -- "orders = $dns,tcp=::1/80,tcp=0.0.0.0/80"
    listed 10.0.0.5:1 10.0.0.5:2 '[fd12::1]:1' -- \
        "orders = $dns,address=10.0.0.5/32,tcp=10.0.0.5/1,tcp=10.0.0.5/2,address=fd12::1/128,tcp=fd12::1/1"
}

@test "without a descriptor accepting waits, and a look-up without a process says so" {
    run -0 "$BATS_FILE_TMPDIR/forward"
    [ "$output" = "waits
goes on
playpen: not reached: a.test:7000 (1 time): its name cannot be looked up: Resource temporarily unavailable" ] ||
        fail "$output"
}

# query NAME...: HEX of a query for them, each TYPE.
hex() { printf '%s' "$1" | od -An -v -tx1 | tr -d ' \n'; }
wire() {
    local label IFS=.

    for label in $1; do
        printf '%02x' "${#label}"
        hex "$label"
    done
    printf 00
}

@test "a query for an address is answered, anything else is refused, byte for byte" {
    local head=abcd01000001000000000000 name sixty
    name=$(wire a.test)
    printf -v sixty '%063d' 0
    listed -- \
        "query $head${name}00010001 = a.test 1 abcd81800001000100000000${name}00010001c00c000100010000003c0004c6120007" \
        "query $head${name}001c0001 = a.test 28 abcd81800001000000000000${name}001c0001" \
        "query $head${name}00100001 = a.test 16 abcd81800001000000000000${name}00100001" \
        "query $head${name}00ff0001 = a.test 255 abcd81800001000000000000${name}00ff0001" \
        "query abcd01000001000000000001${name}000100010000291000000000000000 = a.test 1 abcd81800001000100000000${name}00010001c00c000100010000003c0004c6120007" \
        "query $head${name}00010003 = ? 0 abcd81850000000000000000" \
        "query $head$(wire "A-_.TeST")00010001 = A-_.TeST 1 abcd81800001000100000000$(wire "A-_.TeST")00010001c00c000100010000003c0004c6120007" \
        "query ${head}03612e620000010001 = a?b 1 abcd8180000100010000000003612e620000010001c00c000100010000003c0004c6120007" \
        "query ${head}c00c00010001 = ? 0 abcd81810000000000000000" \
        "query ${head}0161c00c00010001 = ? 0 abcd81810000000000000000" \
        "query abcd01000002000000000000${name}00010001${name}00010001 = ? 0 abcd81810000000000000000" \
        "query abcd01000001000100000000${name}00010001 = ? 0 abcd81810000000000000000" \
        "query abcd81000001000000000000${name}00010001 = ignored" \
        "query abcd29000001000000000000${name}00010001 = ? 0 abcda9840000000000000000" \
        "query abcd0100000100000000 = ignored" "query $head = ? 0 abcd81810000000000000000" \
        "query ${head}${name}0001 = ? 0 abcd81810000000000000000" \
        "query ${head}40$(hex "${sixty}0")0000010001 = ? 0 abcd81810000000000000000" \
        "query ${head}3f$(hex "$sixty")3f$(hex "$sixty")3f$(hex "$sixty")3f$(hex "$sixty")0000010001 = ? 0 abcd81810000000000000000" \
        "query ${head}0000010001 =  1 abcd818000010001000000000000010001c00c000100010000003c0004c6120007"
}
