using System;

namespace BluetapLib
{
    /// <summary>A value has no place in its field.</summary>
    internal sealed class IllegalParameterException : Exception
    {
        internal IllegalParameterException(string message) : base(message) { }
    }

    /// <summary>There is no device, or it went away.</summary>
    internal sealed class DisconnectedException : Exception { }

    /// <summary>The report was not taken.</summary>
    internal sealed class WriteFailedException : Exception { }
}
