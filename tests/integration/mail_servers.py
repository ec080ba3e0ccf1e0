"""Real mail servers, private ones on loopback that demand STARTTLS and a login, with one interface:
Postfix as the demo has it, and Exim out of its package, which is not installed."""

import email
import email.policy
import os
import pathlib
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile

from harness import wait_until
from smtp_peer.certs import Authority

SOURCE = pathlib.Path(os.environ.get("TOP_SRCDIR", "."))
EXIM = pathlib.Path(os.environ.get("DESKBELL_EXIM", SOURCE / ".build-peers/exim/usr/sbin/exim4"))


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


class MailServer:
    """refused@ANY gets a 550, later@ANY a 451; everybody else has a mailbox in one Maildir."""

    def __init__(self, directory):
        self.dir = pathlib.Path(directory)
        self.port = free_port()
        self.process = None

    @property
    def account(self):
        return (self.dir / "account").read_text().split()

    def mails(self):
        found = []
        for path in (self.dir / "mail/inbox").glob("*/*"):
            if path.parent.name in ("new", "cur"):
                found.append((path.stat().st_mtime_ns, path.name, path.read_bytes()))
        return [email.message_from_bytes(raw, policy=email.policy.default)
                for _, _, raw in sorted(found)]

    def wait_mails(self, count, seconds=60):
        wait_until(lambda: len(self.mails()) >= count, f"{count} mails in the Maildir", seconds)
        return self.mails()

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(60)


class Postfix(MailServer):
    def __init__(self, directory, *options):
        super().__init__(directory)
        self.options = options

    def start(self):
        self.process = subprocess.Popen(
            [SOURCE / "contrib/demo/mail-server", *self.options, "--watch", str(os.getpid()),
             self.dir, str(self.port)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        wait_until(lambda: (self.dir / "ready").exists() or self.process.poll() is not None,
                   "Postfix takes mails", 60)
        assert self.process.poll() is None, self.process.stderr.read().decode()
        return self


EXIM_CONF = """
exim_path = {program}
exim_user = Debian-exim
exim_group = Debian-exim
keep_environment = LD_PRELOAD : NSS_WRAPPER_PASSWD : NSS_WRAPPER_GROUP
primary_hostname = localhost
spool_directory = {dir}/spool
log_file_path = {dir}/log-%s
pid_file_path = {dir}/pid
local_interfaces = 127.0.0.1
daemon_smtp_ports = {port}
tls_advertise_hosts = *
tls_certificate = {cert}
tls_privatekey = {key}
auth_advertise_hosts = ${{if def:tls_in_cipher {{*}}{{}}}}
acl_smtp_rcpt = rcpt
host_lookup =
deliver_drop_privilege

begin acl
rcpt:
  deny    local_parts = refused
          message = there is nobody of this name
  defer   local_parts = later
          message = come back later
  require message = sign in first
          authenticated = *
  accept

begin routers
everybody:
  driver = accept
  transport = maildir

begin transports
maildir:
  driver = appendfile
  maildir_format
  directory = {dir}/mail/inbox
  create_directory
  headers_add = Delivered-To: $local_part@$domain

begin authenticators
cram:
  driver = cram_md5
  public_name = CRAM-MD5
  server_secret = ${{if eq {{$auth1}}{{{user}}} {{{password}}}fail}}
  server_set_id = $auth1
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${{if and {{{{eq {{$auth2}}{{{user}}}}}{{eq {{$auth3}}{{{password}}}}}}}}}
  server_set_id = $auth2
login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = Username:: : Password::
  server_condition = ${{if and {{{{eq {{$auth1}}{{{user}}}}}{{eq {{$auth2}}{{{password}}}}}}}}}
  server_set_id = $auth1
"""


class Exim(MailServer):
    """It insists on a user of its own and delivers nothing as root: nss_wrapper tells it that the
    one it runs as is that user."""

    def __init__(self):
        assert EXIM.exists(), f"{EXIM} is missing: run contrib/setup packages"
        super().__init__(tempfile.mkdtemp(prefix="deskbell-exim-", dir="/var/tmp"))
        self.dir.chmod(0o711)  # the dispatcher has no right over other people's files
        # The tree may lie in a home that the server's user cannot pass through.
        self.program = shutil.copy(EXIM, self.dir / "exim4")
        self.owner = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())

    def write(self, name, text):
        path = self.dir / name
        path.write_text(text, "utf-8")
        path.chmod(0o644)
        return path

    def write_conf(self):
        user, password = "deskbell@deskbell.example", secrets.token_hex(12)
        authority = Authority(self.dir)
        authority.server("DNS:localhost")
        base = self.dir / "DNS-localhost2"
        (self.dir / "mail").mkdir()
        self.write("account", f"{user} {password}\n")
        for name, uid in (("passwd", f"{self.owner.pw_uid}:{self.owner.pw_gid}::/nonexistent:"
                           "/bin/false"), ("group", f"{self.owner.pw_gid}:")):
            self.write(name, f"Debian-exim:x:{uid}\n")
        self.write("conf", EXIM_CONF.format(
            program=self.program, dir=self.dir, port=self.port, user=user, password=password,
            cert=f"{base}.pem", key=f"{base}.key"))
        if os.geteuid() == 0:
            for path in (self.dir, *self.dir.rglob("*")):
                os.chown(path, self.owner.pw_uid, self.owner.pw_gid)

    def start(self):
        self.write_conf()
        become = ["setpriv", f"--reuid={self.owner.pw_uid}", f"--regid={self.owner.pw_gid}",
                  "--clear-groups"] if os.geteuid() == 0 else []
        self.process = subprocess.Popen(
            [*become, "env", "LD_PRELOAD=libnss_wrapper.so",
             f"NSS_WRAPPER_PASSWD={self.dir}/passwd", f"NSS_WRAPPER_GROUP={self.dir}/group",
             self.program, "-C", self.dir / "conf", "-bdf", "-q1m"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd="/")
        wait_until(lambda: self.greets() or self.process.poll() is not None, "Exim takes mails")
        assert self.process.poll() is None, self.process.stdout.read().decode()
        return self

    def greets(self):
        try:
            with socket.create_connection(("127.0.0.1", self.port), 20) as sock:
                return sock.recv(3) == b"220"
        except ConnectionRefusedError:
            return False

    def stop(self):
        super().stop()
        shutil.rmtree(self.dir, ignore_errors=True)


# a gateway that sends through one of them

# What a relay that cannot be used makes the dispatcher say.
TROUBLES = {"smtp.trouble", "relay.resting", "mail.deferred", "relay.trouble"}
SETTINGS = {"from": "shop@example.com", "transcript": "log1@example.com, log2@example.com",
            "block": "abuse@example.com", "feedback": "praise@example.com",
            "missed": "missed@example.com", "copy": "boss@example.com"}


def connect(gateway, server, password=None):
    user, secret = server.account
    gateway.ctl("portal", "set", "from=portal@example.com", "relay_host=localhost",
                f"relay_port={server.port}", "relay_tls=starttls", f"relay_user={user}")
    gateway.ctl("relay", "password", stdin=(password or secret) + "\n")


def open_shop(make_gateway, server, options=None, **settings):
    """With the mail settings above, but for `settings`; .mails(count) waits for its own mails."""
    gateway = make_gateway(dispatcher="yes", smtp_ca_file=server.dir / "ca.pem", **(options or {}))
    connect(gateway, server)
    for which, addresses in {**SETTINGS, **settings}.items():
        gateway.ctl("department", "set", "Shop", f"mail.{which}.addresses={addresses}",
                    f"mail.{which}.on=yes")
    gateway.add_agent("愛子", "aiko@example.com")
    gateway.code = gateway.first_department()["code"]
    gateway.before = len(server.mails())
    gateway.mails = lambda count: server.wait_mails(gateway.before + count)[gateway.before:]
    return gateway


def delivered_to(mails, address):
    return [m for m in mails if m["Delivered-To"] == address]


def plain(mail):
    return mail.get_body(("plain",)).get_content()


def leave_one(gateway):
    status, _, body = gateway.request(
        "POST", f"/w/{gateway.first_department()['code']}/command",
        {"id": "leave-0001", "do": "chat.leave-message", "name": "H", "email": "h@example.com",
         "text": "left"})
    assert status == 200, body


def deferred(gateway, word):
    row = wait_until(lambda: next((m for m in gateway.ctl("outbox", "list")["rows"]
                                   if m["state"] == "deferred"), None), "the mail is deferred", 60)
    assert word in row["reason"], row["reason"]
