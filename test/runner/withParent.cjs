// Loaded before anything else in a process of the test command: when the command is killed, this process ends too, by the
// signal that lets it remove what it has started.
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
process.channel?.unref();
