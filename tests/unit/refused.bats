#!/usr/bin/env bats
# Bad input: refused at once, in one line that names the option.

load helper

raw=$'\xff\xfe' cut=$'5\xc3' ends=$'50M\n' bell=$'5\a'
big=18446744073709551616

sizes=('' M x -1 -50M +5M ' 5M' '5 M' 5M5 1.M .5G 1,5G 1e9 0x10 50X 50MBB 5Mi
    101% -1% % 1.234% 5%% inf INFINITY "$big" "${big}M" 9E 16E 99999999P
    9223372036854775808 "$raw" "$cut" "$ends" "$bell")

@test "--memory-limit" { bad --memory-limit "${sizes[@]}" "$nines" "$letters"; }
@test "--memory-swap-max" { bad --memory-swap-max "${sizes[@]}" "$nines" "$letters"; }

@test "--cpu-limit" {
    bad --cpu-limit '' % x -50% +50% 0% 0.5% ' 5%' '50 %' 50%% 5.123% 100001% \
        "$big%" 50c 1e2% inf "$raw" "$cut%" $'50%\n' "$nines" "$nines%" \
        "$letters"
}

@test "--cpu-limit without a percent sign is asked about" {
    refused '200% for 2 cores' -c 2 true
    refused '150% for 1.5 cores' -c 1.5 true
    refused '100% for 1 core' -c 1 true
    refused '50%, with the percent sign' -c 50 true
    refused '--cpu-limit 0: expected at least 1%' -c 0 true
    refused '--cpu-limit 0.001: expected at least 1%' -c 0.001 true
    refused '1% for 0.01 cores' -c 0.01 true
}

rates=('' M x 0 0M -1 -10M +1M ' 1M' '1 M' 1.M 1MiB 10% inf "$big" "${big}K" 99E
    1M/s "$raw" "$cut" "$ends")

@test "--disk-limit" { bad --disk-limit "${rates[@]}" "$nines" "$letters"; }
@test "--disk-read" { bad --disk-read "${rates[@]}" "$nines" "$letters"; }
@test "--disk-write" { bad --disk-write "${rates[@]}" "$nines" "$letters"; }

@test "--tasks-limit" {
    bad --tasks-limit '' x 0 1 -1 +5 1.5 5% 10K ' 5' '5 ' 0x10 inf \
        9223372036854775808 "$big" "$raw" "$cut" $'5\n' "$nines" "$letters"
}

@test "--timeout" {
    bad --timeout '' x s -1 -5s +5 5x 5S 1h30 '1 30' 5ss 1.h .5h 5s- 1e3 inf \
        0.0000001 1h0.1us "$big" 99999999999999d "${big}s" 2000000000h2000000000h "$raw" "$cut" \
        $'5s\n' "$nines" "$letters"
}

@test "the booleans" {
    local option

    for option in private-tmp private-devices protect-kernel-tunables \
        protect-control-groups private-network limits-only capture-path \
        capture-env grant-command; do
        for value in '' maybe 2 -1 truee ja 'true ' ' yes' 10 "$raw" \
            $'true\xff' $'no\n' "$nines" "$letters"; do
            refused "--$option" "--$option=$value" -- true
        done
    done
    refused --private-tmp --private-tmp=safe true
}

@test "--protect-home and --protect-system" {
    bad --protect-home '' full strict read_only YES 1 -1 "$raw" $'yes\n' \
        "$nines" "$letters"
    bad --protect-system '' tmpfs read-only Strict 1 -1 "$raw" $'full\n' \
        "$nines" "$letters"
}

addresses=('' x 1.2.3 1.2.3.4.5 256.0.0.1 10.0.0.0/33 10.0.0.0/ 10.0.0.0/-1 10.0.0.0/x
    ::1/129 1::2::3 -1 'any ' ANY /8 10.0.0.0/99999999999999999999 "$raw" $'any\n')

@test "--ip-allow and --ip-deny" {
    bad --ip-allow "${addresses[@]}" "$nines" "$letters"
    bad --ip-deny "${addresses[@]}" "$nines" "$letters"
}

rules=('' x 0 -1 65536 tcp tcp: tcp:0 tcp:65536 tcp:9-8 tcp:1- tcp:-1 sctp:80 ipv5:80
    tcp:udp:80 tcp:80x tcp:99999999999999999999 "$raw" $'any\n')

@test "--socket-bind-allow and --socket-bind-deny" {
    bad --socket-bind-allow "${rules[@]}" "$nines" "$letters"
    bad --socket-bind-deny "${rules[@]}" "$nines" "$letters"
}

@test "--env" {
    bad --env '' = =x 1A 1A=x 'A B' 'A B=c' A.B=c 'A*=c' $'\xc3\xa4=x' $'A\n' \
        $'A=\xff' "$raw" "$nines" "$nines=x" "$blanks=x"
}

@test "--property" {
    bad --property '' x = =x 'A B=c' A-B=c $'A\n=c' $'CPUWeight=1\n' \
        $'CPUWeight=\x01' $'CPUWeight=\xff' -1 "$raw" "$nines" "$letters" \
        "$blanks=x"
}

@test "--property for what playpen says itself" {
    local pair

    for pair in MemoryMax:--memory-limit MemorySwapMax:--memory-swap-max \
        CPUQuota:--cpu-limit IOReadBandwidthMax:--disk-read \
        IOWriteBandwidthMax:--disk-write TasksMax:--tasks-limit \
        RuntimeMaxSec:--timeout BindPaths:--rw BindReadOnlyPaths:--ro \
        InaccessiblePaths:--inaccessible PrivateTmp:--private-tmp \
        PrivateDevices:--private-devices ProtectHome:--protect-home \
        ProtectKernelTunables:--protect-kernel-tunables \
        ProtectControlGroups:--protect-control-groups \
        ProtectSystem:--protect-system PrivateNetwork:--private-network \
        IPAddressAllow:--ip-allow IPAddressDeny:--ip-deny \
        SocketBindAllow:--socket-bind-allow SocketBindDeny:--socket-bind-deny \
        Environment:--env; do
        refused "${pair#*:}" -p "${pair%:*}=x" true
        refused --property "--property=${pair%:*}=x" true
    done
    for pair in KillMode Type TimeoutStopSec CollectMode RemainAfterExit Restart \
        PrivateUsers NoNewPrivileges WorkingDirectory ExecStart StandardOutput; do
        refused --property -p "$pair=x" true
    done
}

@test "options without a value refuse one" {
    local option

    for option in quiet dry-run user system help version; do
        for value in '' yes 1 -1 "$raw" "$nines"; do
            refused "--$option" "--$option=$value" true
        done
    done
}

@test "options without the value that they need" {
    local option

    for option in memory-limit memory-swap-max cpu-limit disk-limit disk-read \
        disk-write tasks-limit timeout protect-home protect-system ip-allow \
        ip-deny socket-bind-allow socket-bind-deny env property; do
        refused "--$option" "--$option"
    done
    refused --memory-limit -m
    refused --cpu-limit -qc
    refused --env -e
}

@test "no option takes -- for its value" {
    local option

    for option in -m -c -e -p --rw --env --protect-home --show --preset; do
        refused 'needs a value' "$option" -- true
    done
    refused '--rw needs a value' --rw=-- true
    PLAYPEN_OPTIONS='--rw --' refused '--rw needs a value' true
}

@test "beside a path restriction --property only takes away" {
    need_openat2
    local property

    not_root
    for property in AmbientCapabilities=CAP_SYS_ADMIN Delegate=yes User=root \
        CapabilityBoundingSet=CAP_SYS_ADMIN PAMName=login ExecStartPre=/bin/true \
        SystemCallFilter=@mount RestrictNamespaces=yes DeviceAllow=/dev/sda Description=x NoSuch=1; do
        refused "--property $property" -n --current-dir-only -p "$property" true
        refused "--property $property" -n --ro /usr -p "$property" true
    done
    for property in MemoryHigh=1G CPUWeight=5 IOWeight=5 AllowedCPUs=0 \
        OOMPolicy=continue SystemCallFilter=~@mount LimitNOFILE=50 \
        RestrictAddressFamilies=AF_UNIX; do
        properties --current-dir-only -p "$property" true |
            grep -xF -- "$property"
    done
}

@test "short options name the long one" {
    refused '--memory-limit x' -mx true
    refused '--memory-limit x' -qm x true
    refused '--cpu-limit x' -c x true
    refused '--disk-limit x' -dx true
    refused "--env '':" -e= true
    refused '--property x' -px true
}

@test "unknown options suggest the nearest" {
    refused 'did you mean --memory-limit?' --memory-limt 5M true
    refused 'did you mean --memory-limit?' --memory=5M true
    refused 'did you mean --private-tmp?' --private-temp true
    refused 'did you mean --timeout?' --timout=5 true
    refused 'did you mean --quiet?' --quit true
    refused 'did you mean --dry-run?' --dryrun true
    refused '--frobnicate-everything' --frobnicate-everything true
    refused -- "--$letters" true
    refused '\xff' $'--\xff' true
    refused -Z -Z true
    refused -Z -qZ true
    refused '-\xff' $'-\xff' true
}

@test "no command" {
    refused command
    refused command -q
    refused command -m 50M --
    refused command --
}

@test "a working directory that is made inaccessible" {
    local option

    not_root
    for option in -q --current-dir-only --project-only; do
        refused "$PWD is made inaccessible" -n "$option" --inaccessible . true
        refused "$PWD is made inaccessible" -n "$option" --inaccessible .. true
    done
}

@test "contradictions" {
    refused --limits-only --limits-only --protect-system strict true
    refused --limits-only --limits-only --protect-home yes true
    refused --limits-only --protect-home yes --limits-only true
    refused --limits-only --protect-system full --limits-only true
    refused --current-dir-only --current-dir-only --protect-home none true
    refused --project-only --protect-home read-only --project-only true
    refused --current-dir-only --current-dir-only --protect-system none true
    refused --limits-only --ro / --limits-only true
}

@test "what would open a path restriction beside one" {
    local restriction

    not_root
    for restriction in --current-dir-only '--ro /etc' '--inaccessible /etc/fstab' \
        '--protect-system full'; do
        # shellcheck disable=SC2086 # these are words
        refused "--protect-control-groups false" -n --protect-control-groups=false $restriction true
        # shellcheck disable=SC2086 # these are words
        refused "--private-tmp false" -n --private-tmp=false $restriction true
    done
}
