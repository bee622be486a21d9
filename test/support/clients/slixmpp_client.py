"""A real client (slixmpp, from the distribution): logs in with SASL PLAIN in clear and sends messages.

python3 slixmpp_client.py HOST JID PASSWORD TO BODY [BODY ...]

A body that starts with "raw:" is written to the stream as it stands, well-formed or not.
"""

import asyncio
import sys

import slixmpp

host, jid, password, to, *bodies = sys.argv[1:]


class Client(slixmpp.ClientXMPP):
    def __init__(self):
        super().__init__(jid, password, sasl_mech="PLAIN")
        self["feature_mechanisms"].unencrypted_plain = True
        self.add_event_handler("session_start", self.run_script)
        self.add_event_handler("failed_auth", lambda event: sys.exit("login refused"))

    async def run_script(self, event):
        self.send_presence()
        await self.get_roster()
        for body in bodies:
            if body.startswith("raw:"):
                self.send_raw(body[len("raw:") :])
            else:
                self.send_message(mto=to, mbody=body, mtype="chat")
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.2)
        self.disconnect()


client = Client()
client.connect(address=(host, 5222), use_ssl=False, force_starttls=False, disable_starttls=True)
client.loop.run_until_complete(asyncio.wait_for(client.disconnected, 90))
