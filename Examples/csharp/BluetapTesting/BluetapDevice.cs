using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace BluetapTesting
{
    /// <summary>
    /// An emulated BlueTap for the length of a test, in virtual time: `bluetap serve`, and its control API.
    /// A fixture for xUnit (<c>IClassFixture&lt;BluetapDevice&gt;</c>, or made in the test class's constructor), NUnit and
    /// the like. While it lives, BLUETAP_LOOPBACK names it: run the tests with `bluetap run -- …`, so that the POS's
    /// libhidapi is bluetap's.
    /// </summary>
    public sealed class BluetapDevice : IDisposable
    {
        private readonly Process process;
        private readonly string folder;
        private readonly string previousLoopback;
        private readonly string control;

        public BluetapDevice(params string[] options)
        {
            folder = Path.Combine(Path.GetTempPath(), "bluetap-" + Guid.NewGuid().ToString("N").Substring(0, 12));
            Directory.CreateDirectory(folder);
            var socket = Path.Combine(folder, "loopback.sock");
            var arguments = new List<string> { "serve", "--clock", "virtual", "--seed", "1", "--control", "127.0.0.1:0", "--socket", socket };
            arguments.AddRange(options);
            var start = new ProcessStartInfo("bluetap", string.Join(" ", arguments.ConvertAll(Quote)))
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
            };
            // The emulator itself needs no libhidapi.
            start.EnvironmentVariables.Remove("LD_PRELOAD");
            process = Process.Start(start);
            var ready = process.StandardOutput.ReadLine();
            if (ready == null)
            {
                Directory.Delete(folder, true);
                throw new InvalidOperationException("bluetap ended before it was ready: see what it says on standard error");
            }
            control = Regex.Match(ready, "\"control\":\"([^\"]*)\"").Groups[1].Value;
            previousLoopback = Environment.GetEnvironmentVariable("BLUETAP_LOOPBACK");
            Environment.SetEnvironmentVariable("BLUETAP_LOOPBACK", socket);
            Loopback = socket;
        }

        /// <summary>The device's socket, for a POS in a process of its own.</summary>
        public string Loopback { get; private set; }

        /// <summary>detached, idle, linkReady or linkOpened.</summary>
        public string State { get { return Regex.Match(Request("GET", "/v1/device", null), "\"state\":\"(\\w+)\"").Groups[1].Value; } }

        /// <summary>All events so far, each a JSON object.</summary>
        public IList<string> Events { get { return Split(Request("GET", "/v1/events", null)); } }

        /// <summary>The kinds of all events so far.</summary>
        public IList<string> Kinds { get { return KindsOf(Events); } }

        /// <summary>A customer taps; for outcomes see `bluetap tap --help`. Returns the kinds of the events.</summary>
        public IList<string> Tap(string wallet = "wallet", string outcome = null)
        {
            return KindsOf(Split(Request("POST", "/v1/tap", "{\"wallet\":" + Json(wallet) + (outcome == null ? "" : ",\"outcome\":" + Json(outcome)) + "}")));
        }

        /// <summary>Advances time. Returns the kinds of the events that this caused.</summary>
        public IList<string> Advance(TimeSpan time)
        {
            var seconds = time.TotalSeconds.ToString("R", CultureInfo.InvariantCulture);
            return KindsOf(Split(Request("POST", "/v1/clock", "{\"advance\":" + seconds + "}")));
        }

        /// <summary>Sets a fault: its name, and its settings as JSON members, such as "\"on\":\"pay\"".</summary>
        public void Fault(string name, string settings = "")
        {
            Request("POST", "/v1/faults", "{\"name\":" + Json(name) + (settings == "" ? "" : ",") + settings + "}");
        }

        public IList<string> Unplug() { return KindsOf(Split(Request("POST", "/v1/unplug", "{}"))); }

        public IList<string> Plug() { return KindsOf(Split(Request("POST", "/v1/plug", "{}"))); }

        public void Dispose()
        {
            Environment.SetEnvironmentVariable("BLUETAP_LOOPBACK", previousLoopback);
            // SIGTERM, by which it takes its sockets away; Process.Kill would be SIGKILL.
            using (var kill = Process.Start(new ProcessStartInfo("kill", process.Id.ToString()) { UseShellExecute = false }))
            {
                kill.WaitForExit();
            }
            process.WaitForExit();
            process.Dispose();
            Directory.Delete(folder, true);
        }

        private string Request(string method, string path, string body)
        {
            var request = (HttpWebRequest)WebRequest.Create("http://" + control + path);
            request.Method = method;
            request.Proxy = null;
            if (body != null)
            {
                var bytes = Encoding.UTF8.GetBytes(body);
                request.ContentType = "application/json";
                request.ContentLength = bytes.Length;
                using (var stream = request.GetRequestStream()) { stream.Write(bytes, 0, bytes.Length); }
            }
            try
            {
                using (var response = request.GetResponse()) { return Read(response); }
            }
            catch (WebException error)
            {
                if (error.Response == null) { throw; }
                throw new InvalidOperationException("the device refused: " + Read(error.Response), error);
            }
        }

        private static string Read(WebResponse response)
        {
            using (var reader = new StreamReader(response.GetResponseStream(), Encoding.UTF8)) { return reader.ReadToEnd(); }
        }

        // Events are flat objects, and their texts have no braces that are not within quotes.
        private static IList<string> Split(string answer)
        {
            var events = new List<string>();
            foreach (Match match in Regex.Matches(answer, "\\{\"seq\":(?:[^{}\"]|\"(?:[^\"\\\\]|\\\\.)*\")*\\}")) { events.Add(match.Value); }
            return events;
        }

        private static IList<string> KindsOf(IList<string> events)
        {
            var kinds = new List<string>();
            foreach (var text in events) { kinds.Add(Regex.Match(text, "\"kind\":\"(\\w+)\"").Groups[1].Value); }
            return kinds;
        }

        private static string Json(string text)
        {
            return "\"" + text.Replace("\\", "\\\\").Replace("\"", "\\\"") + "\"";
        }

        private static string Quote(string argument)
        {
            return "\"" + argument.Replace("\\", "\\\\").Replace("\"", "\\\"") + "\"";
        }
    }
}
