"""A real client (slixmpp, from the distribution) that sends or receives one file; HTTP goes by curl.

python3 file_client.py '{"role": "send", "host": ..., "jid": ..., "password": ..., "peer": ..., "road": ..., "file": ...}'

Roads: "proxy" (SOCKS5 through the server's proxy), "direct" (SOCKS5 between the clients), "ibb", "ibb-message",
"upload" (HTTP upload and download). Prints one line of JSON when it is logged in, and one about the file at the end.
"""

import asyncio
import hashlib
import json
import subprocess
import sys
from xml.etree import ElementTree

import slixmpp
from slixmpp.xmlstream.handler import CoroutineCallback
from slixmpp.xmlstream.matcher import StanzaPath

options = json.loads(sys.argv[1])
role, road = options["role"], options["road"]
BYTESTREAMS = "http://jabber.org/protocol/bytestreams"
IBB = "http://jabber.org/protocol/ibb"
UPLOAD = "urn:xmpp:http:upload:0"
OOB = "jabber:x:oob"


def say(**line):
    print(json.dumps(line), flush=True)


def curl(*arguments):
    """Runs curl with the addresses of names that no server tells."""
    command = ["curl", "--silent", "--show-error", "--fail", "--max-time", "60"]
    for entry in options.get("resolve", []):
        command += ["--resolve", entry]
    return subprocess.run([*command, *arguments], check=True, stdout=subprocess.PIPE).stdout


class Client(slixmpp.ClientXMPP):
    def __init__(self):
        super().__init__(options["jid"], options["password"], sasl_mech="PLAIN")
        self["feature_mechanisms"].unencrypted_plain = True
        self.register_plugin("xep_0047", {"auto_accept": True})
        self.register_plugin("xep_0065", {"auto_accept": True})
        self.register_plugin("xep_0096")
        self.received = bytearray()
        self.add_event_handler("session_start", self.run)
        self.add_event_handler("failed_auth", lambda event: sys.exit("login refused"))
        # That of the library is never awaited.
        self.remove_handler("SI Request")
        self.register_handler(
            CoroutineCallback("offer", StanzaPath("iq@type=set/si"), self.accept)
        )
        self.add_event_handler("socks5_data", self.received.extend)
        self.add_event_handler("socks5_closed", lambda event: self.whole())
        self.add_event_handler("ibb_stream_start", self.ibb_started)
        self.add_event_handler("message", self.link_received)

    async def run(self, event):
        try:
            self.send_presence()
            await self.get_roster()
            say(ready=str(self.boundjid))
            if role == "send":
                with open(options["file"], "rb") as file:
                    content = file.read()
                await (self.upload(content) if road == "upload" else self.offer(content))
                self.report(content)
        except Exception as error:  # whoever waits for the report must not wait for ever
            print(repr(error), file=sys.stderr, flush=True)
            self.disconnect()

    def report(self, content):
        say(size=len(content), sha256=hashlib.sha256(content).hexdigest())
        asyncio.get_event_loop().call_later(0.3, self.disconnect)

    # --- sending ---

    async def offer(self, content):
        peer, sid = slixmpp.JID(options["peer"]), options["sid"]
        is_ibb = road.startswith("ibb")
        await self["xep_0096"].request_file_transfer(
            peer,
            sid=sid,
            name=options["name"],
            size=str(len(content)),
            mime_type=options["mime"],
            desc=options.get("description"),
            hash=hashlib.md5(content).hexdigest(),
            methods=[{"value": IBB if is_ibb else BYTESTREAMS}],
            timeout=60,
        )
        if is_ibb:
            stream = await self["xep_0047"].open_stream(
                peer, sid=sid, block_size=4096, use_messages=road == "ibb-message", timeout=60
            )
            await stream.sendall(content, timeout=60)
            await asyncio.sleep(0.2)
            await stream.close(timeout=60)
        elif road == "proxy":
            stream = await self["xep_0065"].handshake(peer, sid=sid, timeout=60)
            await self.write(stream, content)
        else:
            await self.serve(peer, sid, content)

    async def write(self, stream, content):
        """In pieces, as a client that shows its progress does."""
        for at in range(0, len(content), 16384):
            await stream.write(content[at : at + 16384])
            await asyncio.sleep(0.001)
        stream.transport.close()
        await asyncio.sleep(0.2)

    async def serve(self, peer, sid, content):
        """Is its own streamhost (XEP-0065 section 5)."""
        done = asyncio.get_event_loop().create_future()

        async def connection(reader, writer):
            greeting = await reader.readexactly(2)
            await reader.readexactly(greeting[1])
            writer.write(b"\x05\x00")
            request = await reader.readexactly(47)
            writer.write(b"\x05\x00" + request[2:])
            await asyncio.wait([used])
            writer.write(content)
            await writer.drain()
            writer.close()
            done.set_result(True)

        address, port = options["listen"]
        server = await asyncio.start_server(connection, address, port)
        iq = self.make_iq_set(ito=peer)
        iq["socks"]["sid"] = sid
        iq["socks"].add_streamhost(self.boundjid, address, str(port))
        used = asyncio.ensure_future(iq.send(timeout=60))
        await done
        server.close()
        await asyncio.sleep(0.2)

    async def upload(self, content):
        iq = self.make_iq_get(ito=options["service"])
        request = ElementTree.Element("{%s}request" % UPLOAD)
        request.set("filename", options["name"])
        request.set("size", str(len(content)))
        request.set("content-type", options["mime"])
        iq.append(request)
        slot = (await iq.send(timeout=60)).xml.find("{%s}slot" % UPLOAD)
        put = slot.find("{%s}put" % UPLOAD)
        arguments = ["--upload-file", options["file"], "-H", "Content-Type: " + options["mime"]]
        for header in put.iter("{%s}header" % UPLOAD):
            arguments += ["-H", "%s: %s" % (header.get("name"), header.text)]
        loop = asyncio.get_event_loop()
        await loop.run_in_executor(None, lambda: curl(*arguments, put.get("url")))
        url = slot.find("{%s}get" % UPLOAD).get("url")
        message = self.make_message(mto=options["peer"], mbody=url, mtype="chat")
        oob = ElementTree.Element("{%s}x" % OOB)
        ElementTree.SubElement(oob, "{%s}url" % OOB).text = url
        message.append(oob)
        message.send()

    # --- receiving ---

    async def accept(self, iq):
        fields = iq["si"]["feature_neg"]["form"].get_fields()
        method = fields["stream-method"]["options"][0]["value"]
        reply = iq.reply()
        reply["si"]["feature_neg"]["form"]["type"] = "submit"
        reply["si"]["feature_neg"]["form"].add_field(
            var="stream-method", ftype="list-single", value=method
        )
        reply.send()

    async def ibb_started(self, stream):
        if role == "receive":
            self.received.extend(await stream.gather(timeout=60))
            self.whole()

    async def link_received(self, message):
        if role == "receive" and road == "upload":
            url = message["body"]
            loop = asyncio.get_event_loop()
            self.received.extend(await loop.run_in_executor(None, lambda: curl(url)))
            self.whole()

    def whole(self):
        if role == "receive":
            self.report(bytes(self.received))


client = Client()
client.connect(
    address=(options["host"], 5222), use_ssl=False, force_starttls=False, disable_starttls=True
)
client.loop.run_until_complete(asyncio.wait_for(client.disconnected, 140))
