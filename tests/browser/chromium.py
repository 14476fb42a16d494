"""Drives a headless Chromium over its debugging pipe: no driver program, no package beyond Python's own library."""

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

BINARIES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


def binary() -> str:
    for name in (os.environ.get("CHROMIUM", ""), *BINARIES):
        if name and shutil.which(name):
            return name
    raise RuntimeError("no Chromium found; install chromium-headless-shell, or name one in CHROMIUM")


class Browser:
    """One page at a time. What its console says as an error, and each address it asks for, is kept."""

    def __init__(self):
        self.profile = tempfile.TemporaryDirectory(prefix="graphfreeze-browser-", ignore_cleanup_errors=True)
        to_browser, self._write = os.pipe()
        self._read, from_browser = os.pipe()
        # The browser reads commands from descriptor 3 and writes answers to 4.
        command = [binary(), "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                   "--hide-scrollbars", f"--user-data-dir={self.profile.name}", "--remote-debugging-pipe", "about:blank"]
        self._process = subprocess.Popen(["/bin/sh", "-c", f'exec "$@" 3<&{to_browser} 4>&{from_browser}', "sh", *command],
                                         pass_fds=(to_browser, from_browser), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_browser)
        os.close(from_browser)
        self._number = 0
        self._pending = b""
        self.errors, self.requests = [], []
        # The first answer waits for the browser to be read from disk.
        target = next(t for t in self.call("Target.getTargets", timeout=240)["targetInfos"] if t["type"] == "page")
        self._session = self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def close(self):
        self._process.terminate()
        self._process.wait(timeout=20)
        os.close(self._write)
        os.close(self._read)
        self.profile.cleanup()

    def _next_message(self, deadline: float) -> dict:
        while b"\0" not in self._pending:
            if not select.select([self._read], [], [], max(0.0, deadline - time.monotonic()))[0]:
                raise TimeoutError("the browser does not answer")
            chunk = os.read(self._read, 1 << 20)
            if not chunk:
                raise RuntimeError("the browser went away")
            self._pending += chunk
        message, self._pending = self._pending.split(b"\0", 1)
        message = json.loads(message)
        method, params = message.get("method"), message.get("params", {})
        if method == "Runtime.exceptionThrown":
            details = params["exceptionDetails"]
            self.errors.append(details.get("exception", {}).get("description", details["text"]))
        elif method == "Runtime.consoleAPICalled" and params["type"] in ("error", "warning", "assert"):
            self.errors.append(" ".join(str(a.get("value", a.get("description"))) for a in params["args"]))
        elif method == "Log.entryAdded" and params["entry"]["level"] in ("error", "warning"):
            self.errors.append(params["entry"]["text"])
        elif method == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])
        elif method == "Page.javascriptDialogOpening":
            self.errors.append("dialog: " + params["message"])
        return message

    def call(self, method: str, timeout: float = 60, **params) -> dict:
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        if hasattr(self, "_session"):
            message["sessionId"] = self._session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._write, data):]
        deadline = time.monotonic() + timeout
        while True:
            answer = self._next_message(deadline)
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return answer["result"]

    def run(self, script: str):
        """The value of an expression in the page."""
        result = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise RuntimeError(result["exceptionDetails"].get("exception", {}).get("description", "the script failed"))
        return result["result"].get("value")

    def wait_for(self, script: str, timeout: float = 30):
        deadline = time.monotonic() + timeout
        while not self.run(f"Boolean({script})"):
            if time.monotonic() > deadline:
                raise TimeoutError(f"never became true: {script}")
            time.sleep(0.02)

    def open(self, path, width: int = 1280, height: int = 800, scheme: str = "light", ready: str = "document.documentElement?.dataset.ready"):
        """Loads a file; the seconds until `ready` is true."""
        self.errors.clear()
        self.requests.clear()
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600)
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.call("Page.navigate", url="about:blank")
        begin = time.monotonic()
        self.call("Page.navigate", url="file://" + os.path.abspath(path))
        self.wait_for(f"location.protocol === 'file:' && {ready}")
        return time.monotonic() - begin

    def click(self, selector: str, index: int = 0):
        """Clicks with the mouse in the middle of an element, wherever it is on the page."""
        x, y = self.run(f"""(() => {{
          const e = document.querySelectorAll({json.dumps(selector)})[{index}];
          if (!e) throw new Error('there is no ' + {json.dumps(selector)});
          e.scrollIntoView({{block: 'center'}});
          const r = e.getBoundingClientRect();
          return [r.x + r.width / 2, r.y + r.height / 2];
        }})()""")
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def press(self, key: str):
        text = {"Enter": "\r", " ": " "}.get(key, key if len(key) == 1 else "")
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, text=text if kind == "keyDown" else "",
                      windowsVirtualKeyCode={"Enter": 13, "Escape": 27, "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40, "Tab": 9}.get(key, 0))

    def type(self, text: str):
        self.call("Input.insertText", text=text)

    def screenshot(self, path, full: bool = False):
        data = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=full)["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))
