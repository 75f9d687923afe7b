#!/usr/bin/env bats
# Words of random bytes go through a real unit and arrive as they are. The seed
# is printed by a test that fails; PLAYPEN_SEED repeats it.

load helper

# Python makes the words, starts playpen and compares what arrived: a shell
# loses bytes. Each round is one unit.
rounds() {
    python3 - "$1" "${PLAYPEN_SEED:-$SRANDOM}" "$PLAYPEN" << 'PYTHON'
import os, random, subprocess, sys

kind, seed, playpen = sys.argv[1], sys.argv[2], sys.argv[3]
print("PLAYPEN_SEED=" + seed)
rng = random.Random(kind + seed)
# What means something to a shell, to systemd, or to playpen's own coding,
# more often than the rest.
special = b"$${}%%\\\\\"'` \t\n;:,=*?[]~#&|<>()!@-\r\x01\x7f"
letters = [chr(c) for c in (233, 8364, 128512, 0x10fffd)]

def word(utf8, control, slash=True):
    out = b""
    for _ in range(rng.randrange(1, 40)):
        pick = rng.randrange(4)
        if pick == 0:
            out += bytes([rng.choice(special)])
        elif pick == 1:
            out += bytes([rng.randrange(33, 127)])
        elif utf8:
            out += rng.choice(letters).encode()
        else:
            out += bytes([rng.randrange(1, 256)])
        if pick == 3:
            out += rng.choice([b"%41", b"$HOME", b"${HOME}", b"$$", b"%n",
                               b"\\x41", b"%%", b"\\n"])
    if not control:
        out = bytes(c for c in out if c >= 32 and c != 127) or b"x"
    return out if slash else out.replace(b"/", b"_")

show = ("import os,sys; w=sys.stdout.buffer.write; "
        "w(b'\\0'.join(map(os.fsencode, sys.argv[1:]))+b'\\0\\0'"
        "+os.getcwdb()+b'\\0\\0'+os.fsencode(os.environ.get('WORD','')))")
here = os.getcwdb()
for number in range(int(os.environ.get("PLAYPEN_ROUNDS", "5"))):
    args, directory, value = [b"x"], here, b"x"
    if kind == "arguments":
        args = [word(False, True) for _ in range(20)]
    elif kind == "values":
        value = word(True, True)
    else:
        directory = here + b"/d" + word(False, False, slash=False)[:200]
        os.makedirs(directory, exist_ok=True)
    environment = dict(os.environb)
    environment[b"WORD"] = value
    environment.pop(b"PWD", None)
    run = subprocess.run(
        [playpen, "-q", "--limits-only", "-e", "WORD", "--",
         "/usr/bin/python3", "-c", show] + args,
        cwd=directory, env=environment, stdout=subprocess.PIPE)
    wanted = b"\0\0".join([b"\0".join(args), directory, value])
    if run.returncode or run.stdout != wanted:
        sys.exit("round %d: status %d\nsent %r\ngot  %r"
                 % (number, run.returncode, wanted, run.stdout))
PYTHON
}

@test "arguments of random bytes arrive as they are" { rounds arguments; }

@test "random values of variables arrive as they are" { rounds values; }

@test "working directories with random names are the command's" {
    rounds directories
}
