"""The names that the rules know: audit events that mean the same, and where a user's keys are."""

from __future__ import annotations

#: Folders and files of a home that hold keys: a value that a test shows may reach a model in a repair request.
KEYS = (
    *(
        ".ssh",
        ".gnupg",
        ".aws",
        ".azure",
        ".kube",
        ".netrc",
        ".pypirc",
        ".pgpass",
        ".git-credentials",
        ".npmrc",
    ),
    *(
        ".docker/config.json",
        ".config/gcloud",
        ".config/gh",
        ".config/hub",
        ".cargo/credentials.toml",
        ".vault-token",
    ),
)
#: Audit events of starting a process.
PROCESSES = (
    *("subprocess.Popen", "os.system", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn"),
    *("os.startfile", "os.startfile/2", "pty.spawn", "_winapi.CreateProcess", "webbrowser.open"),
    "ensurepip.bootstrap",
)
#: Audit events of changing the registry of Windows.
REGISTRY = ("winreg.CreateKey", "winreg.DeleteKey", "winreg.DeleteValue", "winreg.SetValue")
#: Audit events that nothing allows -> what they are.
NEVER = {
    "ctypes.dlsym": "use ctypes",
    "ctypes.dlsym/handle": "use ctypes",
    "ctypes.call_function": "use ctypes",
    "sqlite3.enable_load_extension": "load an extension into a database",
    "sqlite3.load_extension": "load an extension into a database",
    "sys.remote_exec": "attach a debugger",
    "cpython.remote_debugger_script": "attach a debugger",
    "gc.get_objects": "look through all objects of the process",
    "gc.get_referrers": "look through all objects of the process",
    "os.unshare": "change namespaces",
    "os.setns": "change namespaces",
    "syslog.syslog": "write to the system's log",
}
