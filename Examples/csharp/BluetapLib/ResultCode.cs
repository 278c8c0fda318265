namespace BluetapLib
{
    /// <summary>The result of sending a command. It does not tell whether the customer paid.</summary>
    public enum ResultCode
    {
        SUCCESS,
        DEVICE_DISCONNECTED,
        PARAM_ILLEGAL,
        PROCESS_FAIL,
        UNKNOWN_EXCEPTION,
    }
}
