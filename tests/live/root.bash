# root.bash - what the tests share that need root: they switch things off and
# on again for a user of the machine.
#
# Environment: PLAYPEN_TEST_USER, whose manager runs; alice if not set

load helper

eval "helper_$(declare -f setup)"
root_setup() {
    [ "$EUID" = 0 ] || skip "needs root"
    USER_NAME=${PLAYPEN_TEST_USER:-alice}
    helper_setup
}

need_user() {
    USER_ID=$(id -u "$USER_NAME" 2> /dev/null) ||
        skip "needs a user $USER_NAME (PLAYPEN_TEST_USER)"
    [ -S "/run/user/$USER_ID/bus" ] ||
        skip "needs $USER_NAME's manager: loginctl enable-linger $USER_NAME"
}
need_machine() {
    systemd-detect-virt -q --vm ||
        skip "changes the whole machine: only in a virtual one"
}
as_user() {
    (cd / && runuser -u "$USER_NAME" -- env -u DBUS_SESSION_BUS_ADDRESS \
        XDG_RUNTIME_DIR="/run/user/$USER_ID" "$@")
}

manager_answers() { as_user systemctl --user show -p Version > /dev/null 2>&1; }
restart_manager() {
    systemctl daemon-reload
    systemctl restart "user@$USER_ID.service"
    wait_until 90 manager_answers
}

# delegate CONTROLLER... - these and no others to the user's manager; undone by
# removing $dropin.
dropin=/run/systemd/system/user@.service.d/10-playpen-live.conf
delegate() {
    mkdir -p "${dropin%/*}"
    printf '[Service]\nDelegate=\nDelegate=%s\n' "$*" > "$dropin"
    restart_manager
}
setup() { root_setup; }
