"""Pseudo terminals in the place of a radar's serial ports."""

import os
import select
import threading


class Port:
    """A device file `path` whose other end the test holds; it can be unplugged and come back."""

    def __init__(self, path):
        self.path = str(path)
        self.master = None

    def plug(self):
        self.master, slave = os.openpty()
        os.symlink(os.ttyname(slave), self.path)
        os.close(slave)
        return self

    def unplug(self):
        os.unlink(self.path)
        os.close(self.master)

    def send(self, data):
        os.write(self.master, data)


class Firmware(threading.Thread):
    """Answers each line on the command port as `answer(line)` says, after an echo."""

    def __init__(self, port, answer):
        super().__init__(daemon=True)
        self.received = []
        self._port, self._answer = port, answer
        self._stop_read, self._stop_write = os.pipe()

    def run(self):
        buffer = b''
        master = self._port.master
        while master in select.select([master, self._stop_read], [], [])[0]:
            try:
                buffer += os.read(master, 4096)
            except OSError:
                # nobody has the other end open at the moment
                if select.select([self._stop_read], [], [], 0.002)[0]:
                    return
                continue
            *lines, buffer = buffer.split(b'\n')
            for line in lines:
                text = line.decode().strip()
                self.received.append(text)
                os.write(master, b'%s\r\n%s\r\nmmwDemo:/>' % (line, self._answer(text).encode()))

    def stop(self):
        os.write(self._stop_write, b'x')
        self.join()
        os.close(self._stop_read)
        os.close(self._stop_write)
