#!/usr/bin/env bats
# Values: what is taken, and as what it reaches systemd.

load helper

@test "sizes" {
    become -m MemoryMax 50M 50M 50m 50M 50MB 50M 50mb 50M 50MiB 50M 512mib 512M \
        1.5G 1536M 2gb 2G 1T 1T 1P 1P 1E 1E 1048576 1M 1048577 1048577 \
        0.5G 512M 102400B 100K 1024K 1M 1.1M 1153433 7.8787T 8662722261758 80% 80% 12.5% 12.50% \
        infinity infinity
    become --memory-limit MemoryMax 100K 100K
    become --memory-swap-max MemorySwapMax 0 0 1G 1G 10% 10% infinity infinity
}

@test "a memory limit switches swap off, unless told otherwise" {
    [ "$(properties --limits-only -m 1G true)" = $'MemoryMax=1G\nMemorySwapMax=0' ]
    [ "$(properties --limits-only -m 50% true)" = $'MemoryMax=50%\nMemorySwapMax=0' ]
    [ "$(properties --limits-only -m 1G --memory-swap-max 2G true)" = \
        $'MemoryMax=1G\nMemorySwapMax=2G' ]
    [ "$(properties --limits-only -m infinity true)" = MemoryMax=infinity ]
}

@test "percentages of a core" {
    become -c CPUQuota 100% 100% 250% 250% 1% 1% 12.5% 12.50% 0100% 100% \
        infinity ''
    become --cpu-limit CPUQuota 50% 50%
}

@test "numbers of tasks" {
    become --tasks-limit TasksMax 2 2 100 100 0100 100 infinity infinity
}

@test "durations" {
    become --timeout RuntimeMaxSec 90 90 30s 30 5min 300 1h30m 5400 \
        '1h 30min' 5400 2d 172800 1.5h 5400 1.5 1500000us 250ms 250000us \
        10us 10us 1hour 3600 2minutes 120
    [ -z "$(properties --limits-only --timeout 0 true)" ]
    [ -z "$(properties --limits-only --timeout infinity true)" ]
}

on_a_disk() {
    local major

    major=$((0x$(stat -c %D .) >> 8))
    [ "$major" != 0 ] && [ -e "/sys/dev/block/$major:$((0x$(stat -c %D .) & 255))" ]
}

@test "rates of a disk, in powers of 1000" {
    on_a_disk || skip "$PWD is not on a block device"
    local value device

    for value in 10M:10M 10m:10M 500K:500K 1.5G:1500M 1000:1K 1024:1024 2MB:2M; do
        mapfile -t got < <(properties --limits-only -d "${value%:*}" true)
        [ ${#got[@]} = 2 ]
        device=${got[0]#*=}
        [[ ${device% *} =~ ^/dev/block/[0-9]+:[0-9]+$ ]]
        [ "${device#* }" = "${value#*:}" ]
        [ "${got[0]}" = "IOReadBandwidthMax=$device" ]
        [ "${got[1]}" = "IOWriteBandwidthMax=$device" ]
    done
    [ -z "$(properties --limits-only -d infinity true)" ]
}

@test "a rate for one direction wins over the one for both" {
    on_a_disk || skip "$PWD is not on a block device"
    run properties --limits-only --disk-read 1M -d 10M true
    [[ ${lines[0]} = IOReadBandwidthMax=*" 1M" ]]
    [[ ${lines[1]} = IOWriteBandwidthMax=*" 10M" ]]
    run properties --limits-only -d 10M --disk-write infinity true
    [ ${#lines[@]} = 1 ]
    [[ ${lines[0]} = IOReadBandwidthMax=*" 10M" ]]
    run properties --limits-only --disk-write 2M true
    [ ${#lines[@]} = 1 ]
    [[ ${lines[0]} = IOWriteBandwidthMax=*" 2M" ]]
    # But not the one of a lower level.
    PLAYPEN_OPTIONS='--disk-read 100M --disk-write infinity' \
        run properties --limits-only -d 1M true
    [[ ${#lines[@]} = 2 && ${lines[0]} = *" 1M" && ${lines[1]} = *" 1M" ]] ||
        fail "$output"
    PLAYPEN_OPTIONS='-d 100M' run properties --limits-only --disk-read 1M true
    [[ ${lines[0]} = *" 1M" && ${lines[1]} = *" 100M" ]] || fail "$output"
}

@test "a rate where there is no disk is refused" {
    cd /proc
    refused --disk-limit -n -d 10M true
    refused --disk-read -n --disk-read 10M true
    refused --disk-write -n --disk-write 10M true
}

# As old a qemu gives no mount's number, either.
@test "a rate where the file system has a number of its own is the source's" {
    need_openat2
    local disk number

    on_a_disk || skip "$PWD is not on a block device"
    unshare -Urm true || skip "no user namespaces"
    for disk in $(lsblk -nrpo NAME 2> /dev/null); do
        [ ! -b "$disk" ] || break
    done
    [ -b "${disk:-}" ] || skip "no block device in /dev"
    number=$(stat -c '%Hr:%Lr' "$disk")
    # As btrfs, whose source is its device.
    mkdir -p "$dir/m"
    out=$(unshare -Urm sh -c 'mount -t tmpfs "$0" "$1" && cd "$1" &&
        "$2" -n --user --limits-only -d 10M true' "$disk" "$dir/m" "$PLAYPEN")
    [[ $out = *"'-pIOReadBandwidthMax=/dev/block/$number 10M'"* ]] || fail "$out"
    out=$(unshare -Urm sh -c 'mount -t tmpfs none "$1" && cd "$1" &&
        "$2" -n --user --limits-only -d 10M true 2>&1' x "$dir/m" "$PLAYPEN" || :)
    [[ $out = *"$dir/m is not on a block device"* ]] || fail "$out"
}

@test "the last one wins" {
    become -m MemoryMax 50M 50M
    [ "$(properties --limits-only -m 50M -c 10% --memory-limit=1G -c20% true)" = \
        $'MemoryMax=1G\nMemorySwapMax=0\nCPUQuota=20%' ]
}

@test "a memory limit below 100K never gets to the manager" {
    refused '--memory-limit 1K' -n -m 1K true
    refused '--memory-limit 0' -n -m 0 true
    refused '--memory-limit 99.9K' -n -m 99.9K true
    refused '--memory-limit 0%' -n -m 0% true
    dry -m 100K true
}

@test "booleans, in any case of the letters" {
    local word
    for word in true yes on 1 t y TRUE Yes ON T Y; do
        properties --limits-only --private-tmp="$word" true |
            grep -qx PrivateTmp=yes || fail "$word"
        properties --limits-only --private-tmp "$word" -- true |
            grep -qx PrivateTmp=yes || fail "$word"
    done
    for word in false no off 0 f n False NO oFF F N; do
        [ -z "$(properties --limits-only --private-tmp="$word" true)" ] ||
            fail "$word"
    done
}

@test "a short option's value may stand after an equals sign" {
    [ "$(properties --limits-only -m=50M true)" = $'MemoryMax=50M\nMemorySwapMax=0' ]
    [ "$(properties --limits-only -qc=150% true)" = CPUQuota=150% ]
    [ "$(properties --limits-only -p=IOWeight=50 true)" = IOWeight=50 ]
    refused '--quiet yes: expected no value' -q=yes true
}

@test "properties that have no option pass" {
    [ "$(properties --limits-only -p MemoryHigh=1G --property=IOWeight=50 \
        -pDescription='a b$c' true)" = \
        $'MemoryHigh=1G\nIOWeight=50\nDescription=a b$c' ]
}

@test "networks" {
    [ "$(properties --system --limits-only --ip-deny any --ip-allow 10.0.0.0/8 \
        --ip-allow ::1 true 2>&1)" = \
        $'IPAddressDeny=any\nIPAddressAllow=10.0.0.0/8\nIPAddressAllow=::1' ] ||
        [ "$(id -u)" != 0 ]
    refused --ip-deny -n --user --ip-deny any true
    refused --ip-allow -n --user --ip-allow localhost true
    refused --socket-bind-deny -n --socket-bind-deny any true
    refused --socket-bind-allow -n --socket-bind-allow tcp:80 true
    # But for the sockets that the machine has.
    [ "$(properties --user --limits-only --private-network true | grep -v '=-/run/')" = \
        $'PrivateNetwork=yes\nPrivateUsers=yes' ]
}

@test "what is UTF-8 but no character is not passed, as systemd takes none" {
    for bytes in '\xf4\x8f\xbf\xbf' '\xef\xbf\xbf' '\xef\xb7\x90' '\xed\xa0\x80'; do
        V=$(printf "$bytes") playpen -e V -n true
        [[ $err == *"not passed to the command"*V* && $out != *--setenv=V\ * ]] ||
            fail "$bytes: $err$out"
    done
    V=$(printf '\xf0\x9f\x98\x80\xef\xb7\x8f') playpen -e V -n true
    [[ $out == *--setenv=V\ * && -z $err ]] || fail "$err$out"
}
